/* Names of resources. One table says how each type's ARN is written and which part of it is AWS Config's id;
 * reading an ARN, writing one and normalising an id all come from it, so that they cannot disagree. A type
 * that is not in the table keeps the last part of its ARN; nothing is refused. */
#include "arn.h"

#include "resources.h"

#include <string.h>

enum {
    NO_REGION = 1,
    NO_ACCOUNT = 2,
    ID_IS_ARN = 4,  /* Config's id is the ARN itself */
    LAST_PART = 8,  /* the id is what follows the last '/': a path may stand before it */
    FIRST_PART = 16 /* the id ends at the first ':' or '/': a qualifier or child follows */
};

static const struct form {
    const char *type, *service, *prefix;
    int flags;
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
    {"AWS::SNS::Topic", "sns", "", ID_IS_ARN},
    {"AWS::SQS::Queue", "sqs", "", 0},
    {"AWS::DynamoDB::Table", "dynamodb", "table/", FIRST_PART},
    {"AWS::CloudTrail::Trail", "cloudtrail", "trail/", 0},
    {"AWS::Redshift::Cluster", "redshift", "cluster:", 0},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/app/", ID_IS_ARN},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/net/", ID_IS_ARN},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "elasticloadbalancing", "loadbalancer/gwy/", ID_IS_ARN},
    {"AWS::ElasticLoadBalancing::LoadBalancer", "elasticloadbalancing", "loadbalancer/", 0},
    {"AWS::ElasticLoadBalancingV2::Listener", "elasticloadbalancing", "listener/", ID_IS_ARN},
    {"AWS::ElasticLoadBalancingV2::TargetGroup", "elasticloadbalancing", "targetgroup/", ID_IS_ARN},
    {"AWS::AutoScaling::AutoScalingGroup", "autoscaling", "autoScalingGroup:", ID_IS_ARN},
    {"AWS::CloudFront::Distribution", "cloudfront", "distribution/", NO_REGION},
    {"AWS::ApiGateway::RestApi", "apigateway", "/restapis/", NO_ACCOUNT | FIRST_PART},
    {"AWS::ECS::TaskDefinition", "ecs", "task-definition/", ID_IS_ARN},
    {"AWS::ECS::Service", "ecs", "service/", ID_IS_ARN},
    {"AWS::EKS::Cluster", "eks", "cluster/", 0},
    {"AWS::OpenSearch::Domain", "es", "domain/", 0},
    {"AWS::Elasticsearch::Domain", "es", "domain/", 0},
    {"AWS::CodeBuild::Project", "codebuild", "project/", 0},
    {"AWS::SecretsManager::Secret", "secretsmanager", "secret:", ID_IS_ARN},
    {"AWS::Logs::LogGroup", "logs", "log-group:", FIRST_PART},
    {"AWS::ECR::Repository", "ecr", "repository/", 0},
    {"AWS::SSM::Document", "ssm", "document/", FIRST_PART},
    {"AWS::StepFunctions::StateMachine", "states", "stateMachine:", ID_IS_ARN},
    {"AWS::ACM::Certificate", "acm", "certificate/", ID_IS_ARN},
};
#define N_FORMS (sizeof forms / sizeof *forms)

static const struct form *form_of_type(tl_str type)
{
    for (size_t i = 0; i < N_FORMS; i++)
        if (tl_str_eq(tl_str_from(forms[i].type), type))
            return &forms[i];
    return NULL;
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

tl_str arn_type(const struct arn *a)
{
    for (size_t i = 0; i < N_FORMS; i++)
        if (tl_str_eq(tl_str_from(forms[i].service), a->service) &&
            tl_str_starts(a->resource, tl_str_from(forms[i].prefix)))
            return tl_str_from(forms[i].type);
    return TL_STR_NONE;
}

static size_t find_first_of(tl_str s, const char *set)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr(set, s.p[i]) && s.p[i])
            return i;
    return s.n;
}

/* `name`, `name:alias`, `account:function:name[:alias]` (botocore: FunctionName); the ARN is dealt with
 * before. */
static tl_str function_name(tl_str given)
{
    size_t at = tl_str_find(given, TL_STR("function:"));
    if (at != SIZE_MAX && (at == 0 || given.p[at - 1] == ':'))
        given = tl_str_sub(given, at + strlen("function:"), given.n);
    return tl_str_sub(given, 0, find_first_of(given, ":"));
}

static tl_str last_part(tl_str s, const char *set)
{
    for (size_t i = s.n; i > 0; i--)
        if (s.p[i - 1] && strchr(set, s.p[i - 1]))
            return tl_str_sub(s, i, s.n);
    return s;
}

tl_str tl_resource_normal_id(tl_str type, tl_str given)
{
    const struct form *f = form_of_type(type);
    struct arn a;
    bool is_arn = arn_parse(given, &a);
    if (f && tl_str_eq(type, TL_STR("AWS::Lambda::Function")))
        return function_name(is_arn ? a.resource : given);
    if (!is_arn || (f && f->flags & ID_IS_ARN))
        return given;
    if (!f || !tl_str_starts(a.resource, tl_str_from(f->prefix)))
        /* A KMS alias and its like: not of this type's own form, but its name is all there is. */
        return tl_str_eq(type, TL_STR("AWS::KMS::Key")) ? a.resource : last_part(given, ":/");
    tl_str id = tl_str_sub(a.resource, strlen(f->prefix), a.resource.n);
    if (f->flags & LAST_PART)
        id = last_part(id, "/");
    if (f->flags & FIRST_PART)
        id =
            tl_str_sub(id, 0, find_first_of(id, tl_str_eq(type, TL_STR("AWS::Logs::LogGroup")) ? ":" : ":/"));
    return id;
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
    return tl_buf_printf(out, "arn:%.*s:%s:%.*s:%.*s:%s%.*s", TL_FMT(r->partition), f->service,
                         TL_FMT(f->flags & NO_REGION ? TL_STR_NONE : r->region),
                         TL_FMT(f->flags & NO_ACCOUNT ? TL_STR_NONE : r->account), f->prefix, TL_FMT(id));
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
    *out = tl_arena_printf(arena, "%.*s:%.*s", TL_FMT(a->service), TL_FMT(kind));
    return out->p ? 0 : TL_ENOMEM;
}

/* AWS Config knows a queue by its URL; an ARN or a URL of the old form is the same queue. */
static int queue_url(struct tl_arena *arena, const struct arn *a, tl_str *id)
{
    const char *suffix = tl_str_eq(a->partition, TL_STR("aws-cn")) ? "amazonaws.com.cn" : "amazonaws.com";
    *id = tl_arena_printf(arena, "https://sqs.%.*s.%s/%.*s/%.*s", TL_FMT(a->region), suffix,
                          TL_FMT(a->account), TL_FMT(a->resource));
    return id->p ? 0 : TL_ENOMEM;
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
    if (is_arn && tl_str_eq(out->type, TL_STR("AWS::SQS::Queue")))
        return queue_url(arena, &a, &out->id);
    return 0;
}
