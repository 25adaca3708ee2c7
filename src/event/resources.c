/* The table of resources: service:Action, where the id sits, the type in AWS Config's words. A row whose
 * field is absent gives nothing. Facts from records of real accounts where there are any, else from the API
 * models (botocore). fixtures/resources.json has a sample record of every row, and a test that runs them. */
#include "resources.h"

#define LAMBDA "AWS::Lambda::Function"
#define SECURITY_GROUP "AWS::EC2::SecurityGroup"
#define INSTANCE "AWS::EC2::Instance"
#define SNAPSHOT "AWS::EC2::Snapshot"
#define VOLUME "AWS::EC2::Volume"
#define VPC "AWS::EC2::VPC"
#define SUBNET "AWS::EC2::Subnet"
#define EIP "AWS::EC2::EIP"
#define BUCKET "AWS::S3::Bucket"
#define ROLE "AWS::IAM::Role"
#define USER "AWS::IAM::User"
#define GROUP "AWS::IAM::Group"
#define POLICY "AWS::IAM::Policy"
#define KEY "AWS::KMS::Key"
#define ACCOUNT "AWS::::Account"
#define REST_API "AWS::ApiGateway::RestApi"
#define STAGE "AWS::ApiGateway::Stage"
#define STAGE_V2 "AWS::ApiGatewayV2::Stage"
#define DISTRIBUTION "AWS::CloudFront::Distribution"
#define TRAIL "AWS::CloudTrail::Trail"
#define DB_INSTANCE "AWS::RDS::DBInstance"
#define DB_CLUSTER "AWS::RDS::DBCluster"
#define TASK_DEFINITION "AWS::ECS::TaskDefinition"
#define SERVICE "AWS::ECS::Service"
#define CLUSTER "AWS::EKS::Cluster"
#define LOAD_BALANCER "AWS::ElasticLoadBalancingV2::LoadBalancer"
#define SECRET "AWS::SecretsManager::Secret"
#define TOPIC "AWS::SNS::Topic"
#define QUEUE "AWS::SQS::Queue"

const struct resource_row resource_rows[] = {
    /* AWS Config judges the stage apart from its API. */
    {"apigateway", "UpdateStage DeleteStage", "restApiId stageName", STAGE},
    {"apigateway", "UpdateStage DeleteStage", "apiId stageName", STAGE_V2},
    {"apigateway", "CreateStage", "restApiId createStageInput.stageName", STAGE},
    {"apigateway", "CreateStage", "restApiId stageName", STAGE},
    {"apigateway", "CreateStage", "apiId stageName", STAGE_V2},
    {"apigateway", "*RestApi* *Deployment *Method *Resource *Authorizer", "restApiId", REST_API},

    {"autoscaling", "*", "autoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup"},

    {"cloudfront", "CreateDistribution*", "<distribution.id", DISTRIBUTION},
    {"cloudfront", "*Distribution", "id", DISTRIBUTION},
    {"cloudfront", "TagResource UntagResource", "resource", NULL},

    {"cloudtrail", "StartLogging StopLogging UpdateTrail CreateTrail DeleteTrail", "name", TRAIL},
    {"cloudtrail", "PutEventSelectors PutInsightSelectors", "trailName", TRAIL},

    {"codebuild", "CreateProject UpdateProject DeleteProject", "name", "AWS::CodeBuild::Project"},

    {"dynamodb", "*Table* UpdateContinuousBackups UpdateTimeToLive *KinesisStreamingDestination", "tableName",
     "AWS::DynamoDB::Table"},

    {"ec2", "AuthorizeSecurityGroup* RevokeSecurityGroup* ModifySecurityGroupRules DeleteSecurityGroup",
     "groupId", SECURITY_GROUP},
    {"ec2", "AuthorizeSecurityGroup*", "<securityGroupRuleSet.groupId", SECURITY_GROUP},
    {"ec2", "UpdateSecurityGroupRuleDescriptions*", "groupId", SECURITY_GROUP},
    {"ec2", "CreateSecurityGroup", "<groupId", SECURITY_GROUP},
    {"ec2", "ModifyInstance* ResetInstanceAttribute AssociateIamInstanceProfile SendDiagnosticInterrupt",
     "instanceId", INSTANCE},
    {"ec2",
     "StopInstances StartInstances TerminateInstances RebootInstances MonitorInstances UnmonitorInstances",
     "instancesSet.instanceId", INSTANCE},
    {"ec2", "RunInstances", "<instancesSet.instanceId", INSTANCE},
    {"ec2", "ModifySnapshotAttribute ResetSnapshotAttribute DeleteSnapshot", "snapshotId", SNAPSHOT},
    /* ebs-snapshot-public-restorable-check judges the account, not the snapshot */
    {"ec2", "ModifySnapshotAttribute ResetSnapshotAttribute", PATH_ACCOUNT, ACCOUNT},
    {"ec2", "CreateSnapshot", "<snapshotId", SNAPSHOT},
    {"ec2", "ModifyImageAttribute ResetImageAttribute DeregisterImage", "imageId", "AWS::EC2::Image"},
    {"ec2", "CreateFlowLogs", "resourceId", NULL},
    {"ec2", "DeleteFlowLogs", "flowLogId", "AWS::EC2::FlowLog"},
    {"ec2", "CreateTags DeleteTags", "resourcesSet.resourceId", NULL},
    {"ec2", "ModifySubnetAttribute DeleteSubnet", "subnetId", SUBNET},
    {"ec2", "CreateSubnet", "<subnet.subnetId", SUBNET},
    {"ec2", "ModifyVpcAttribute ModifyVpcTenancy DeleteVpc AssociateVpcCidrBlock", "vpcId", VPC},
    {"ec2", "CreateVpc", "<vpc.vpcId", VPC},
    {"ec2", "EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault ModifyEbsDefaultKmsKeyId",
     PATH_ACCOUNT, ACCOUNT},
    {"ec2", "EnableSnapshotBlockPublicAccess DisableSnapshotBlockPublicAccess", PATH_ACCOUNT, ACCOUNT},
    {"ec2", "EnableImageBlockPublicAccess DisableImageBlockPublicAccess", PATH_ACCOUNT, ACCOUNT},
    {"ec2", "EnableSerialConsoleAccess DisableSerialConsoleAccess", PATH_ACCOUNT, ACCOUNT},
    {"ec2", "ReleaseAddress AssociateAddress", "allocationId", EIP},
    {"ec2", "AllocateAddress", "<allocationId", EIP},
    {"ec2", "AttachVolume DetachVolume DeleteVolume ModifyVolume ModifyVolumeAttribute", "volumeId", VOLUME},
    {"ec2", "AttachVolume DetachVolume", "instanceId", INSTANCE},
    {"ec2", "CreateVolume", "<volumeId", VOLUME},

    {"ecr", "*", "repositoryName", "AWS::ECR::Repository"},

    {"ecs", "RegisterTaskDefinition", "family", TASK_DEFINITION, "taskDefinition.taskDefinitionArn"},
    {"ecs", "DeregisterTaskDefinition", "taskDefinition", TASK_DEFINITION,
     "taskDefinition.taskDefinitionArn"},
    {"ecs", "UpdateService DeleteService", "cluster service", SERVICE, "service.serviceArn"},
    {"ecs", "CreateService", "cluster serviceName", SERVICE, "service.serviceArn"},

    {"eks", "UpdateClusterConfig UpdateClusterVersion DeleteCluster CreateCluster", "name", CLUSTER},
    {"eks", "CreateNodegroup UpdateNodegroup* DeleteNodegroup *Addon", "clusterName", CLUSTER},

    {"elasticloadbalancing", "*", "loadBalancerArn", LOAD_BALANCER},
    {"elasticloadbalancing", "CreateLoadBalancer", "<loadBalancers.loadBalancerArn", LOAD_BALANCER},
    {"elasticloadbalancing", "*", "listenerArn", "AWS::ElasticLoadBalancingV2::Listener"},
    {"elasticloadbalancing", "*", "loadBalancerName", "AWS::ElasticLoadBalancing::LoadBalancer"},
    {"elasticloadbalancing", "*", "targetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup"},
    {"elasticloadbalancing", "AddTags RemoveTags", "resourceArns", NULL},

    /* One domain has a type for each of the two generations of the API, and rules for either. */
    {"es", "*ElasticsearchDomain* *DomainConfig CreateDomain DeleteDomain", "domainName",
     "AWS::Elasticsearch::Domain"},
    {"es", "*ElasticsearchDomain* *DomainConfig CreateDomain DeleteDomain", "domainName",
     "AWS::OpenSearch::Domain"},

    {"guardduty", "CreateDetector UpdateDetector DeleteDetector", PATH_ACCOUNT, ACCOUNT},

    {"iam", "CreateRole", "roleName", ROLE, "role.roleId"},
    {"iam", "CreateServiceLinkedRole", "<role.roleName", ROLE, "role.roleId"},
    {"iam", "*Role* UpdateAssumeRolePolicy", "roleName", ROLE},
    {"iam", "CreateUser", "userName", USER, "user.userId"},
    {"iam", "UpdateUser", "userName", USER, NULL, "newUserName"},
    {"iam",
     "*User* *AccessKey *LoginProfile *MFADevice *SigningCertificate *SSHPublicKey "
     "*ServiceSpecificCredential",
     "userName", USER},
    {"iam", "CreateGroup", "groupName", GROUP, "group.groupId"},
    {"iam", "UpdateGroup", "groupName", GROUP, NULL, "newGroupName"},
    {"iam", "*Group *GroupPolicy", "groupName", GROUP},
    {"iam", "CreatePolicy", "policyName", POLICY, "policy.policyId"},
    {"iam",
     "CreatePolicyVersion DeletePolicyVersion DeletePolicy SetDefaultPolicyVersion TagPolicy UntagPolicy",
     "policyArn", POLICY},
    {"iam", "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", PATH_ACCOUNT_EVERYWHERE, ACCOUNT},
    {"iam", "CreateAccountAlias DeleteAccountAlias", PATH_ACCOUNT_EVERYWHERE, ACCOUNT},

    {"kms", "CreateKey ReplicateKey", "<keyMetadata.keyId", KEY},
    {"kms", "CreateAlias UpdateAlias", "targetKeyId", KEY, ID_LISTED, "aliasName"},
    {"kms", "DeleteAlias", "aliasName", KEY, ID_LISTED},
    {"kms", "EnableKey* DisableKey* PutKeyPolicy CancelKeyDeletion ScheduleKeyDeletion UpdateKeyDescription",
     "keyId", KEY, ID_LISTED},
    {"kms", "CreateGrant RevokeGrant RetireGrant TagResource UntagResource", "keyId", KEY, ID_LISTED},

    {"lambda", "*", "functionName", LAMBDA},
    {"lambda", "TagResource UntagResource", "resource", NULL},

    {"logs", "*", "logGroupName", "AWS::Logs::LogGroup"},

    {"rds", "ModifyDBInstance", "dBInstanceIdentifier", DB_INSTANCE, "dbiResourceId",
     "newDBInstanceIdentifier"},
    {"rds", "*DBInstance *DBInstanceReadReplica *RoleToDBInstance *RoleFromDBInstance",
     "dBInstanceIdentifier", DB_INSTANCE, "dbiResourceId"},
    {"rds", "ModifyDBCluster", "dBClusterIdentifier", DB_CLUSTER, "dbClusterResourceId",
     "newDBClusterIdentifier"},
    {"rds", "*DBCluster *RoleToDBCluster *RoleFromDBCluster", "dBClusterIdentifier", DB_CLUSTER,
     "dbClusterResourceId"},
    {"rds", "*DBSnapshot ModifyDBSnapshotAttribute", "dBSnapshotIdentifier", "AWS::RDS::DBSnapshot"},
    {"rds", "*DBClusterSnapshot ModifyDBClusterSnapshotAttribute", "dBClusterSnapshotIdentifier",
     "AWS::RDS::DBClusterSnapshot"},
    {"rds", "*DBSubnetGroup", "dBSubnetGroupName", "AWS::RDS::DBSubnetGroup"},
    {"rds", "AddTagsToResource RemoveTagsFromResource", "resourceName", NULL},

    {"redshift", "*Cluster *Logging ModifyCluster* RotateEncryptionKey", "clusterIdentifier",
     "AWS::Redshift::Cluster"},

    {"s3", "PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock", PATH_ACCOUNT_EVERYWHERE, ACCOUNT},
    {"s3",
     "PutBucket* DeleteBucket* CreateBucket PutPublicAccessBlock DeletePublicAccessBlock "
     "PutObjectLockConfiguration",
     "bucketName", BUCKET},

    {"secretsmanager", "CreateSecret", "name", SECRET, "aRN"},
    {"secretsmanager", "*", "secretId", SECRET, "aRN"},

    {"securityhub", "EnableSecurityHub DisableSecurityHub", PATH_ACCOUNT, ACCOUNT},

    {"sns", "CreateTopic", "<topicArn", TOPIC},
    {"sns", "*", "topicArn", TOPIC},
    {"sns", "TagResource UntagResource", "resourceArn", TOPIC},

    {"sqs", "CreateQueue", "<queueUrl", QUEUE},
    {"sqs", "*", "queueUrl", QUEUE},

    {"ssm", "*Document ModifyDocumentPermission UpdateDocument*", "name", "AWS::SSM::Document"},

    {"tagging", "TagResources UntagResources", "resourceARNList", NULL},
};
const size_t n_resource_rows = sizeof resource_rows / sizeof *resource_rows;

const struct resource_row general_rows[] = {
    {"ec2", "*", "groupId", NULL},
    {"ec2", "*", "instanceId", NULL},
    {"ec2", "*", "volumeId", NULL},
    {"ec2", "*", "subnetId", NULL},
    {"ec2", "*", "vpcId", NULL},
    {"ec2", "*", "routeTableId", NULL},
    {"ec2", "*", "internetGatewayId", NULL},
    {"ec2", "*", "natGatewayId", NULL},
    {"ec2", "*", "networkInterfaceId", NULL},
    {"ec2", "*", "networkAclId", NULL},
    {"ec2", "*", "vpcEndpointId", NULL},
    {"ec2", "*", "launchTemplateId", NULL},
    {"athena", "*", "workGroup", "AWS::Athena::WorkGroup"},
    {"backup", "*", "backupVaultName", "AWS::Backup::BackupVault"},
    {"codepipeline", "*", "pipeline.name", "AWS::CodePipeline::Pipeline"},
    {"cognito-idp", "*", "userPoolId", "AWS::Cognito::UserPool"},
    {"elasticache", "*", "cacheClusterId", "AWS::ElastiCache::CacheCluster"},
    {"elasticache", "*", "replicationGroupId", "AWS::ElastiCache::ReplicationGroup"},
    {"elasticbeanstalk", "*", "environmentId", "AWS::ElasticBeanstalk::Environment"},
    {"elasticfilesystem", "*", "accessPointId", "AWS::EFS::AccessPoint"},
    {"elasticfilesystem", "*", "fileSystemId", "AWS::EFS::FileSystem"},
    {"events", "*", "name", "AWS::Events::Rule"},
    {"firehose", "*", "deliveryStreamName", "AWS::KinesisFirehose::DeliveryStream"},
    {"fsx", "*", "fileSystemId", "AWS::FSx::FileSystem"},
    {"kafka", "*", "clusterArn", "AWS::MSK::Cluster"},
    {"kinesis", "*", "streamName", "AWS::Kinesis::Stream"},
    {"monitoring", "*", "alarmName", "AWS::CloudWatch::Alarm"},
    {"mq", "*", "brokerId", "AWS::AmazonMQ::Broker"},
    {"route53", "*", "hostedZoneId", "AWS::Route53::HostedZone"},
    {"sagemaker", "*", "notebookInstanceName", "AWS::SageMaker::NotebookInstance"},
    {"*", "*", "functionName", LAMBDA},
    {"*", "*", "instanceId", INSTANCE},
    {"*", "*", "instanceIds", INSTANCE},
    {"*", "*", "bucketName", BUCKET},
    {"*", "*", "roleName", ROLE},
    {"*", "*", "tableName", "AWS::DynamoDB::Table"},
    {"*", "*", "topicArn", TOPIC},
    {"*", "*", "queueUrl", QUEUE},
    {"*", "*", "logGroupName", "AWS::Logs::LogGroup"},
    {"*", "*", "resourceArn", NULL},
    {"*", "*", "resourceARN", NULL},
    {"*", "*", "resourceARNList", NULL},
    {"*", "*", "resourceArns", NULL},
    {"*", "*", "arn", NULL},
    {"*", "*", "stateMachineArn", "AWS::StepFunctions::StateMachine"},
    {"*", "*", "certificateArn", "AWS::ACM::Certificate"},
};
const size_t n_general_rows = sizeof general_rows / sizeof *general_rows;

const struct pair_row pair_rows[] = {
    {"config", "GetResourceConfigHistory", "configurationItems", NULL, "resourceId", "resourceName"},
    {"config", "BatchGetResourceConfig", "baseConfigurationItems", NULL, "resourceId", "resourceName"},
    {"config", "ListDiscoveredResources", "resourceIdentifiers", NULL, "resourceId", "resourceName"},
    {"iam", "GetRole", "role", ROLE, "roleId", "roleName"},
    {"iam", "ListRoles", "roles", ROLE, "roleId", "roleName"},
    {"iam", "GetUser", "user", USER, "userId", "userName"},
    {"iam", "ListUsers", "users", USER, "userId", "userName"},
    {"iam", "GetGroup", "group", GROUP, "groupId", "groupName"},
    {"iam", "ListGroups*", "groups", GROUP, "groupId", "groupName"},
    {"iam", "GetPolicy", "policy", POLICY, "policyId", "policyName"},
    {"iam", "ListPolicies", "policies", POLICY, "policyId", "policyName"},
    {"kms", "ListAliases", "aliases", KEY, "targetKeyId", "aliasName"},
    {"rds", "DescribeDBInstances", "dBInstances", DB_INSTANCE, "dbiResourceId", "dBInstanceIdentifier"},
    {"rds", "DescribeDBClusters", "dBClusters", DB_CLUSTER, "dbClusterResourceId", "dBClusterIdentifier"},
};
const size_t n_pair_rows = sizeof pair_rows / sizeof *pair_rows;

const struct id_prefix id_prefixes[] = {
    {"i-", INSTANCE},
    {"sg-", SECURITY_GROUP},
    {"vol-", VOLUME},
    {"snap-", SNAPSHOT},
    {"ami-", "AWS::EC2::Image"},
    {"vpc-", VPC},
    {"subnet-", SUBNET},
    {"rtb-", "AWS::EC2::RouteTable"},
    {"igw-", "AWS::EC2::InternetGateway"},
    {"nat-", "AWS::EC2::NatGateway"},
    {"eni-", "AWS::EC2::NetworkInterface"},
    {"acl-", "AWS::EC2::NetworkAcl"},
    {"eipalloc-", EIP},
    {"fl-", "AWS::EC2::FlowLog"},
    {"vpce-", "AWS::EC2::VPCEndpoint"},
    {"vgw-", "AWS::EC2::VPNGateway"},
    {"cgw-", "AWS::EC2::CustomerGateway"},
    {"vpn-", "AWS::EC2::VPNConnection"},
    {"tgw-", "AWS::EC2::TransitGateway"},
    {"lt-", "AWS::EC2::LaunchTemplate"},
};
const size_t n_id_prefixes = sizeof id_prefixes / sizeof *id_prefixes;
