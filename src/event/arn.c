/* Names of resources. One table says how each type's ARN is written and which part of it is AWS Config's id;
 * reading an ARN, writing one and normalising an id all come from it, so that they cannot disagree. A type
 * that is not in the table keeps the last part of its ARN; nothing is refused. */
#include "arn.h"

#include "resources.h"

#include <string.h>

enum {
    NO_REGION = 1,
    NO_ACCOUNT = 2,
    ID_IS_ARN = 4,   /* Config's id is the ARN itself */
    LAST_PART = 8,   /* the id is what follows the last '/': a path may stand before it */
    FIRST_PART = 16, /* the id ends at the first ':' or '/': a qualifier or child follows */
    HAS_NAME = 32, /* of ID_IS_ARN: what follows `prefix` (and a `:` or `/` of `between`) is a name that calls
                      use */
    NAME_MAKES_IT = 64, /* of ID_IS_ARN: the name alone makes the ARN */
    AS_JUDGED = 128     /* AWS Config has been seen to write the name and another form, as verdicts say it */
};

static const struct form {
    const char *type, *service, *prefix;
    int flags;
    const char
        *between; /* stands between the two parts of an id that has two; or, of HAS_NAME, before the name */
} forms[] = {
    {"AWS::Lambda::Function", "lambda", "function:", FIRST_PART},
    {"AWS::S3::Bucket", "s3", "", NO_REGION | NO_ACCOUNT | FIRST_PART},
    {"AWS::IAM::Role", "iam", "role/", NO_REGION | LAST_PART},
    {"AWS::IAM::User", "iam", "user/", NO_REGION | LAST_PART},
    {"AWS::IAM::Group", "iam", "group/", NO_REGION | LAST_PART},
    {"AWS::IAM::Policy", "iam", "policy/", NO_REGION | LAST_PART},
    {"AWS::IAM::InstanceProfile", "iam", "instance-profile/", NO_REGION | LAST_PART},
    {"AWS::KMS::Key", "kms", "key/", 0},
    {"AWS::EC2::Instance", "ec2", "instance/", 0},
    {"AWS::EC2::SecurityGroup", "ec2", "security-group/", 0},
    {"AWS::EC2::Volume", "ec2", "volume/", 0},
    {"AWS::EC2::Snapshot", "ec2", "snapshot/", 0},
    {"AWS::EC2::Image", "ec2", "image/", 0},
    {"AWS::EC2::VPC", "ec2", "vpc/", 0},
    {"AWS::EC2::Subnet", "ec2", "subnet/", 0},
    {"AWS::EC2::RouteTable", "ec2", "route-table/", 0},
    {"AWS::EC2::InternetGateway", "ec2", "internet-gateway/", 0},
    {"AWS::EC2::NatGateway", "ec2", "natgateway/", 0},
    {"AWS::EC2::NetworkInterface", "ec2", "network-interface/", 0},
    {"AWS::EC2::NetworkAcl", "ec2", "network-acl/", 0},
    {"AWS::EC2::EIP", "ec2", "elastic-ip/", 0},
    {"AWS::EC2::FlowLog", "ec2", "vpc-flow-log/", 0},
    {"AWS::RDS::DBInstance", "rds", "db:", 0},
    {"AWS::RDS::DBCluster", "rds", "cluster:", 0},
    {"AWS::RDS::DBSnapshot", "rds", "snapshot:", 0},
    {"AWS::RDS::DBClusterSnapshot", "rds", "cluster-snapshot:", 0},
    {"AWS::RDS::DBSubnetGroup", "rds", "subgrp:", 0},
    {"AWS::SNS::Topic", "sns", "", ID_IS_ARN | HAS_NAME | NAME_MAKES_IT},
    {"AWS::SQS::Queue", "sqs", "", 0},
    {"AWS::DynamoDB::Table", "dynamodb", "table/", FIRST_PART},
    {"AWS::CloudTrail::Trail", "cloudtrail", "trail/", AS_JUDGED},
    {"AWS::Redshift::Cluster", "redshift", "cluster:", 0},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/app/",
     ID_IS_ARN | HAS_NAME},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/net/",
     ID_IS_ARN | HAS_NAME},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/gwy/",
     ID_IS_ARN | HAS_NAME},
    {"AWS::ElasticLoadBalancing::LoadBalancer", "elasticloadbalancing", "loadbalancer/", 0},
    {"AWS::ElasticLoadBalancingV2::Listener", "elasticloadbalancing", "listener/", ID_IS_ARN},
    {"AWS::ElasticLoadBalancingV2::TargetGroup", "elasticloadbalancing", "targetgroup/",
     ID_IS_ARN | HAS_NAME},
    {"AWS::AutoScaling::AutoScalingGroup", "autoscaling", "autoScalingGroup:", ID_IS_ARN | HAS_NAME,
     "autoScalingGroupName/"},
    {"AWS::CloudFront::Distribution", "cloudfront", "distribution/", NO_REGION | AS_JUDGED},
    {"AWS::ApiGateway::Stage", "apigateway", "/restapis/", NO_ACCOUNT | ID_IS_ARN, "/stages/"},
    {"AWS::ApiGatewayV2::Stage", "apigateway", "/apis/", NO_ACCOUNT | ID_IS_ARN, "/stages/"},
    {"AWS::ApiGateway::RestApi", "apigateway", "/restapis/", NO_ACCOUNT | FIRST_PART},
    {"AWS::ECS::TaskDefinition", "ecs", "task-definition/", ID_IS_ARN | HAS_NAME},
    {"AWS::ECS::Service", "ecs", "service/", ID_IS_ARN | HAS_NAME, "/"},
    {"AWS::EKS::Cluster", "eks", "cluster/", AS_JUDGED},
    {"AWS::OpenSearch::Domain", "es", "domain/", AS_JUDGED},
    {"AWS::Elasticsearch::Domain", "es", "domain/", AS_JUDGED},
    {"AWS::CodeBuild::Project", "codebuild", "project/", AS_JUDGED},
    {"AWS::SecretsManager::Secret", "secretsmanager", "secret:", ID_IS_ARN | HAS_NAME},
    {"AWS::Logs::LogGroup", "logs", "log-group:", FIRST_PART},
    {"AWS::ECR::Repository", "ecr", "repository/", 0},
    {"AWS::SSM::Document", "ssm", "document/", FIRST_PART},
    {"AWS::StepFunctions::StateMachine", "states", "stateMachine:", ID_IS_ARN | HAS_NAME},
    {"AWS::ACM::Certificate", "acm", "certificate/", ID_IS_ARN},
    {"AWS::Athena::WorkGroup", "athena", "workgroup/", 0},
    {"AWS::Backup::BackupVault", "backup", "backup-vault:", 0},
    {"AWS::CloudWatch::Alarm", "cloudwatch", "alarm:", 0},
    {"AWS::Cognito::UserPool", "cognito-idp", "userpool/", 0},
    {"AWS::EFS::AccessPoint", "elasticfilesystem", "access-point/", 0},
    {"AWS::EFS::FileSystem", "elasticfilesystem", "file-system/", 0},
    {"AWS::ElastiCache::CacheCluster", "elasticache", "cluster:", 0},
    {"AWS::ElastiCache::ReplicationGroup", "elasticache", "replicationgroup:", 0},
    {"AWS::Events::Rule", "events", "rule/", 0},
    {"AWS::FSx::FileSystem", "fsx", "file-system/", 0},
    {"AWS::Kinesis::Stream", "kinesis", "stream/", FIRST_PART},
    {"AWS::KinesisFirehose::DeliveryStream", "firehose", "deliverystream/", 0},
    {"AWS::MSK::Cluster", "kafka", "cluster/", ID_IS_ARN},
    {"AWS::Route53::HostedZone", "route53", "hostedzone/", NO_REGION | NO_ACCOUNT},
    {"AWS::SageMaker::NotebookInstance", "sagemaker", "notebook-instance/", 0},
};
#define N_FORMS (sizeof forms / sizeof *forms)

static const struct form *form_of_type(tl_str type)
{
    const size_t service = sizeof "AWS::" - 1; /* where types begin to differ */
    for (size_t i = 0; i < N_FORMS && type.n > service; i++)
        if (forms[i].type[service] == type.p[service] && tl_str_eq(tl_str_from(forms[i].type), type))
            return &forms[i];
    return NULL;
}

bool arn_form_is_known(tl_str type)
{
    return form_of_type(type) != NULL;
}

bool arn_is_as_judged(tl_str type)
{
    const struct form *f = form_of_type(type);
    return f && f->flags & AS_JUDGED;
}

/* The part before the next ':' of *rest, which moves behind it. */
static bool split(tl_str *rest, tl_str *part)
{
    const char *colon = rest->n ? memchr(rest->p, ':', rest->n) : NULL;
    if (!colon)
        return false;
    *part = (tl_str){rest->p, (size_t)(colon - rest->p)};
    *rest = tl_str_sub(*rest, part->n + 1, rest->n);
    return true;
}

bool arn_parse(tl_str s, struct arn *out)
{
    tl_str scheme;
    if (!tl_str_starts(s, TL_STR("arn:")))
        return false;
    out->resource = s;
    return split(&out->resource, &scheme) && split(&out->resource, &out->partition) &&
           split(&out->resource, &out->service) && split(&out->resource, &out->region) &&
           split(&out->resource, &out->account);
}

/* A part of its own tells a child's ARN (a stage's) from its parent's. */
static bool has_form(const struct form *f, const struct arn *a)
{
    return a->service.n && *f->service == *a->service.p && tl_str_eq(tl_str_from(f->service), a->service) &&
           tl_str_starts(a->resource, tl_str_from(f->prefix)) &&
           (!f->between || f->flags & HAS_NAME ||
            tl_str_find(a->resource, tl_str_from(f->between)) != SIZE_MAX);
}

tl_str arn_type(const struct arn *a)
{
    for (size_t i = 0; i < N_FORMS; i++)
        if (has_form(&forms[i], a))
            return tl_str_from(forms[i].type);
    return TL_STR_NONE;
}

bool tl_resource_may_be(tl_str type, tl_str given)
{
    struct arn a;
    bool known = false;
    if (!arn_parse(given, &a))
        return true;
    for (size_t i = 0; i < N_FORMS; i++)
        if (has_form(&forms[i], &a)) {
            known = true;
            if (tl_str_eq(tl_str_from(forms[i].type), type))
                return true;
        }
    return !known;
}

static size_t find_first_of(tl_str s, const char *set)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr(set, s.p[i]) && s.p[i])
            return i;
    return s.n;
}

/* `name`, `name:alias`, `account:function:name[:alias]`, or the ARN (botocore: FunctionName), without what
 * stands before the name. */
static tl_str function_tail(tl_str given)
{
    struct arn a;
    if (arn_parse(given, &a))
        given = a.resource;
    size_t at = tl_str_find(given, TL_STR("function:"));
    bool is_prefix = at != SIZE_MAX && (at == 0 || given.p[at - 1] == ':');
    return is_prefix ? tl_str_sub(given, at + strlen("function:"), given.n) : given;
}

static tl_str function_name(tl_str given)
{
    tl_str tail = function_tail(given);
    return tl_str_sub(tail, 0, find_first_of(tail, ":"));
}

tl_str function_qualifier(tl_str given)
{
    tl_str tail = function_tail(given);
    return tl_str_sub(tail, find_first_of(tail, ":") + 1, tail.n);
}

static tl_str last_part(tl_str s, const char *set)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] && strchr(set, s.p[i - 1]))
            return tl_str_sub(s, i, s.n);
    return s;
}

/* Of an ARN whose form is not known: behind the last '/', where a ':' is part of the name; else behind the
 * last ':'. */
static tl_str last_name(tl_str resource)
{
    bool is_path = tl_str_find(resource, TL_STR("/")) != SIZE_MAX;
    return last_part(resource, is_path ? "/" : ":");
}

/* AWS Config has been seen to write `account/domain` for a search domain. */
static tl_str domain_name(tl_str given)
{
    bool is_domain = given.n > 13 && given.p[12] == '/';
    return is_domain ? tl_str_sub(given, 13, given.n) : given;
}

tl_str tl_resource_normal_id(tl_str type, tl_str given)
{
    const struct form *f = form_of_type(type);
    struct arn a;
    bool is_arn = arn_parse(given, &a);
    if (f && tl_str_eq(type, TL_STR("AWS::Lambda::Function")))
        return function_name(given);
    if (f && !is_arn && tl_str_eq(tl_str_from(f->service), TL_STR("es")))
        return domain_name(given);
    if (!is_arn || (f && f->flags & ID_IS_ARN))
        return given;
    if (!f || !tl_str_starts(a.resource, tl_str_from(f->prefix)))
        /* A KMS alias and its like: not of this type's own form, but its name is all there is. */
        return tl_str_eq(type, TL_STR("AWS::KMS::Key")) ? a.resource : last_name(a.resource);
    tl_str id = tl_str_sub(a.resource, strlen(f->prefix), a.resource.n);
    if (f->flags & LAST_PART)
        id = last_part(id, "/");
    if (f->flags & FIRST_PART)
        id =
            tl_str_sub(id, 0, find_first_of(id, tl_str_eq(type, TL_STR("AWS::Logs::LogGroup")) ? ":" : ":/"));
    return id;
}

/* Secrets Manager puts `-` and six random characters behind the name. */
static tl_str secret_name(tl_str s)
{
    return s.n > 7 && s.p[s.n - 7] == '-' ? tl_str_sub(s, 0, s.n - 7) : s;
}

tl_str tl_resource_name(tl_str type, tl_str id)
{
    struct arn a;
    if (tl_str_eq(type, TL_STR("AWS::SQS::Queue")))
        return tl_str_starts(id, TL_STR("https://")) ? last_part(id, "/") : TL_STR_NONE;
    if (!arn_parse(id, &a))
        return TL_STR_NONE;
    for (size_t i = 0; i < N_FORMS; i++) {
        const struct form *f = &forms[i];
        if (!(f->flags & HAS_NAME) || !tl_str_eq(tl_str_from(f->type), type) || !has_form(f, &a))
            continue;
        tl_str name = tl_str_sub(a.resource, strlen(f->prefix), a.resource.n);
        if (tl_str_eq(type, TL_STR("AWS::AutoScaling::AutoScalingGroup"))) {
            size_t at = tl_str_find(name, tl_str_from(f->between));
            return at == SIZE_MAX ? TL_STR_NONE : tl_str_sub(name, at + strlen(f->between), name.n);
        }
        if (tl_str_eq(type, TL_STR("AWS::SecretsManager::Secret")))
            return secret_name(name);
        bool hashed = tl_str_eq(a.service, TL_STR("elasticloadbalancing")); /* NAME/50dc6c495c0c9188 */
        return hashed ? tl_str_sub(name, 0, find_first_of(name, "/")) : name;
    }
    return TL_STR_NONE;
}

/* Ids that look like AWS Config's own key for a resource whose ARN holds its name instead. */
static bool is_internal_id(const struct tl_resource *r)
{
    static const struct id_prefix internal[] = {
        {"AROA", "AWS::IAM::Role"},   {"AIDA", "AWS::IAM::User"},      {"AGPA", "AWS::IAM::Group"},
        {"ANPA", "AWS::IAM::Policy"}, {"db-", "AWS::RDS::DBInstance"}, {"cluster-", "AWS::RDS::DBCluster"},
        {"alias/", "AWS::KMS::Key"},
    };
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++)
        if (tl_str_eq(r->type, tl_str_from(internal[i].type)) &&
            tl_str_starts(r->id, tl_str_from(internal[i].prefix))) {
            if (!tl_str_starts(r->type, TL_STR("AWS::RDS::")))
                return true;
            /* db-ABC... is one; a database that somebody called db-main is not. */
            tl_str rest = tl_str_sub(r->id, strlen(internal[i].prefix), r->id.n);
            for (size_t k = 0; k < rest.n; k++)
                if (rest.p[k] >= 'a' && rest.p[k] <= 'z')
                    return false;
            return rest.n >= 20;
        }
    return false;
}

enum { ARN_PARTS = 13 };

/* The ARN of a type whose id is `first`, or `first` and `second`. */
static void arn_parts(const struct form *f, const struct tl_resource *r, tl_str first, tl_str second,
                      tl_str out[ARN_PARTS])
{
    const tl_str colon = TL_STR(":");
    const tl_str parts[ARN_PARTS] = {TL_STR("arn:"), r->partition,
                                     colon,          tl_str_from(f->service),
                                     colon,          f->flags & NO_REGION ? TL_STR_NONE : r->region,
                                     colon,          f->flags & NO_ACCOUNT ? TL_STR_NONE : r->account,
                                     colon,          tl_str_from(f->prefix),
                                     first,          second.n ? tl_str_from(f->between) : TL_STR_NONE,
                                     second};
    memcpy(out, parts, sizeof parts);
}

int tl_resource_arn(const struct tl_resource *r, struct tl_buf *out)
{
    struct arn a;
    if (arn_parse(r->id, &a))
        return tl_buf_add_str(out, r->id);
    const struct form *f = form_of_type(r->type);
    if (!f || f->flags & ID_IS_ARN || r->id.n == 0 || is_internal_id(r))
        return 1;
    tl_str id = r->id;
    if (tl_str_eq(r->type, TL_STR("AWS::SQS::Queue")))
        id = last_part(id, "/");
    if (tl_str_eq(tl_str_from(f->service), TL_STR("es")))
        id = domain_name(id);
    tl_str parts[ARN_PARTS];
    arn_parts(f, r, id, TL_STR_NONE, parts);
    int failed = 0;
    for (size_t i = 0; !failed && i < ARN_PARTS; i++)
        failed = tl_buf_add_str(out, parts[i]);
    return failed;
}

/* `sg-0123` and its like. */
static tl_str type_of_id(tl_str id)
{
    for (size_t i = 0; i < n_id_prefixes; i++)
        if (tl_str_starts(id, tl_str_from(id_prefixes[i].prefix)))
            return tl_str_from(id_prefixes[i].type);
    return TL_STR_NONE;
}

/* A type for an ARN that is in no table: `service:kind`, in the words of the ARN itself. */
static int invented_type(struct tl_arena *arena, const struct arn *a, tl_str *out)
{
    tl_str kind = tl_str_sub(a->resource, 0, find_first_of(a->resource, ":/"));
    if (kind.n == 0 || kind.n == a->resource.n) {
        *out = a->service;
        return 0;
    }
    *out = tl_arena_join(arena, a->service, ':', kind);
    return out->p ? 0 : TL_ENOMEM;
}

/* `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, and the older `https://REGION.queue.amazonaws.com/...` and
 * `https://queue.amazonaws.com/...` (us-east-1). True with the parts in *out and the name returned. */
static tl_str queue_in_url(tl_str given, struct tl_resource *out)
{
    tl_str scheme = TL_STR("https://"), sqs = TL_STR("sqs."), old = TL_STR("queue.amazonaws.com");
    if (!tl_str_starts(given, scheme))
        return TL_STR_NONE;
    tl_str rest = tl_str_sub(given, scheme.n, given.n);
    size_t slash = tl_str_find(rest, TL_STR("/")), end = tl_str_rfind_char(rest, '/');
    if (slash == SIZE_MAX || end == slash)
        return TL_STR_NONE;
    tl_str host = tl_str_sub(rest, 0, slash);
    if (tl_str_starts(host, sqs))
        out->region = tl_str_sub(host, sqs.n, sqs.n + find_first_of(tl_str_sub(host, sqs.n, host.n), "."));
    else if (tl_str_eq(host, old))
        out->region = TL_STR("us-east-1");
    else if (tl_str_ends(host, old) && host.n > old.n && host.p[host.n - old.n - 1] == '.')
        out->region = tl_str_sub(host, 0, host.n - old.n - 1);
    else
        return TL_STR_NONE;
    out->account = tl_str_sub(rest, slash + 1, end);
    return tl_str_sub(rest, end + 1, rest.n);
}

/* AWS Config knows a queue by its URL; an ARN, a name, or a URL of the old form is the same queue. */
static int queue_make(struct tl_arena *arena, bool is_arn, tl_str name, struct tl_resource *out)
{
    bool is_china = tl_str_eq(out->partition, TL_STR("aws-cn"));
    if (!is_arn && tl_str_find(name, TL_STR("/")) != SIZE_MAX) {
        tl_str in_url = queue_in_url(name, out);
        if (in_url.n == 0)
            return 0; /* of a form of its own: left as it is */
        name = in_url;
    }
    const tl_str parts[] = {TL_STR("https://sqs."),
                            out->region,
                            is_china ? TL_STR(".amazonaws.com.cn/") : TL_STR(".amazonaws.com/"),
                            out->account,
                            TL_STR("/"),
                            name};
    out->id = tl_arena_concat(arena, parts, sizeof parts / sizeof *parts);
    return out->id.p ? 0 : TL_ENOMEM;
}

static int arn_make(struct tl_arena *arena, const struct form *f, tl_str first, tl_str second,
                    struct tl_resource *out)
{
    tl_str parts[ARN_PARTS];
    arn_parts(f, out, first, second, parts);
    out->id = tl_arena_concat(arena, parts, ARN_PARTS);
    return out->id.p ? 0 : TL_ENOMEM;
}

int resource_make_joined(struct tl_arena *arena, const struct tl_event *scope, tl_str type, tl_str first,
                         tl_str second, struct tl_resource *out)
{
    const struct form *f = form_of_type(type);
    struct arn a;
    if (!f || !f->between || second.n == 0 || arn_parse(second, &a))
        return resource_make(arena, scope, type, second, out);
    if (tl_str_eq(type, TL_STR("AWS::ECS::Service")))
        first = first.n ? last_part(first, "/") : TL_STR("default"); /* a cluster's name or ARN */
    *out = (struct tl_resource){scope->partition, scope->account, scope->region, type, TL_STR_NONE};
    return first.n ? arn_make(arena, f, first, second, out) : 0;
}

/* The account in front of `123456789012:function:name`. */
static tl_str partial_account(tl_str given)
{
    size_t at = tl_str_find(given, TL_STR(":function:"));
    return at == 12 ? tl_str_sub(given, 0, at) : TL_STR_NONE;
}

int resource_make(struct tl_arena *arena, const struct tl_event *scope, tl_str type, tl_str given,
                  struct tl_resource *out)
{
    struct arn a = {0};
    bool is_arn = arn_parse(given, &a);
    *out = (struct tl_resource){scope->partition, scope->account, scope->region, type, given};
    if (type.n == 0)
        out->type = is_arn ? arn_type(&a) : type_of_id(given);
    if (out->type.n == 0 && is_arn && invented_type(arena, &a, &out->type))
        return TL_ENOMEM;
    if (is_arn) {
        out->partition = a.partition.n ? a.partition : scope->partition;
        out->account = a.account.n ? a.account : scope->account;
        out->region = a.region.n ? a.region : scope->region;
    } else if (tl_str_eq(out->type, TL_STR("AWS::Lambda::Function")) && partial_account(given).n) {
        out->account = partial_account(given);
    }
    out->id = tl_resource_normal_id(out->type, given);
    if (tl_str_starts(out->type, TL_STR("AWS::IAM::")))
        out->region = TL_STR("global");
    if (out->id.n && tl_str_eq(out->type, TL_STR("AWS::SQS::Queue")))
        return queue_make(arena, is_arn, out->id, out);
    const struct form *f = is_arn ? NULL : form_of_type(out->type);
    if (out->id.n && f && f->flags & NAME_MAKES_IT)
        return arn_make(arena, f, out->id, TL_STR_NONE, out);
    return 0;
}
