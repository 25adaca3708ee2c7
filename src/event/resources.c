/* The table of resources: service:Action, where the id sits, the type in AWS Config's words. A row whose
 * field is absent gives nothing. Facts from records of real accounts where there are any, else from the API
 * models (botocore). */
#include "resources.h"

#define LAMBDA "AWS::Lambda::Function"
#define SECURITY_GROUP "AWS::EC2::SecurityGroup"
#define INSTANCE "AWS::EC2::Instance"
#define BUCKET "AWS::S3::Bucket"
#define ROLE "AWS::IAM::Role"
#define USER "AWS::IAM::User"
#define GROUP "AWS::IAM::Group"
#define POLICY "AWS::IAM::Policy"
#define ACCOUNT "AWS::::Account"

const struct resource_row resource_rows[] = {
    {"lambda", "*", "functionName", LAMBDA, NULL},
    {"lambda", "TagResource UntagResource", "resource", NULL, NULL},

    {"ec2", "AuthorizeSecurityGroup* RevokeSecurityGroup* ModifySecurityGroupRules DeleteSecurityGroup",
     "groupId", SECURITY_GROUP, NULL},
    {"ec2", "UpdateSecurityGroupRuleDescriptions*", "groupId", SECURITY_GROUP, NULL},
    {"ec2", "CreateSecurityGroup", "<groupId", SECURITY_GROUP, NULL},
    {"ec2", "ModifyInstance* ResetInstanceAttribute AssociateIamInstanceProfile SendDiagnosticInterrupt",
     "instanceId", INSTANCE, NULL},
    {"ec2",
     "StopInstances StartInstances TerminateInstances RebootInstances MonitorInstances UnmonitorInstances",
     "instancesSet.instanceId", INSTANCE, NULL},
    {"ec2", "RunInstances", "<instancesSet.instanceId", INSTANCE, NULL},
    {"ec2", "ModifySnapshotAttribute ResetSnapshotAttribute DeleteSnapshot", "snapshotId",
     "AWS::EC2::Snapshot", NULL},
    /* ebs-snapshot-public-restorable-check judges the account, not the snapshot */
    {"ec2", "ModifySnapshotAttribute ResetSnapshotAttribute", NULL, ACCOUNT, NULL},
    {"ec2", "CreateSnapshot", "<snapshotId", "AWS::EC2::Snapshot", NULL},
    {"ec2", "ModifyImageAttribute ResetImageAttribute DeregisterImage", "imageId", "AWS::EC2::Image", NULL},
    {"ec2", "CreateFlowLogs", "resourceId", NULL, NULL},
    {"ec2", "DeleteFlowLogs", "flowLogId", "AWS::EC2::FlowLog", NULL},
    {"ec2", "CreateTags DeleteTags", "resourcesSet.resourceId", NULL, NULL},
    {"ec2", "ModifySubnetAttribute DeleteSubnet", "subnetId", "AWS::EC2::Subnet", NULL},
    {"ec2", "ModifyVpc* DeleteVpc AssociateVpcCidrBlock", "vpcId", "AWS::EC2::VPC", NULL},
    {"ec2", "EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault ModifyEbsDefaultKmsKeyId", NULL,
     ACCOUNT, NULL},
    {"ec2", "EnableSnapshotBlockPublicAccess DisableSnapshotBlockPublicAccess", NULL, ACCOUNT, NULL},
    {"ec2", "EnableImageBlockPublicAccess DisableImageBlockPublicAccess", NULL, ACCOUNT, NULL},
    {"ec2", "EnableSerialConsoleAccess DisableSerialConsoleAccess", NULL, ACCOUNT, NULL},
    {"ec2", "ReleaseAddress AssociateAddress", "allocationId", "AWS::EC2::EIP", NULL},
    {"ec2", "AllocateAddress", "<allocationId", "AWS::EC2::EIP", NULL},
    {"ec2", "AttachVolume DetachVolume DeleteVolume ModifyVolume ModifyVolumeAttribute", "volumeId",
     "AWS::EC2::Volume", NULL},
    {"ec2", "AttachVolume DetachVolume", "instanceId", INSTANCE, NULL},
    {"ec2", "CreateVolume", "<volumeId", "AWS::EC2::Volume", NULL},

    {"s3", "PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock", NULL, ACCOUNT, NULL},
    {"s3",
     "PutBucket* DeleteBucket* CreateBucket PutPublicAccessBlock DeletePublicAccessBlock "
     "PutObjectLockConfiguration",
     "bucketName", BUCKET, NULL},

    {"iam", "CreateRole", "roleName", ROLE, "role.roleId"},
    {"iam", "CreateServiceLinkedRole", "<role.roleName", ROLE, "role.roleId"},
    {"iam", "*Role* UpdateAssumeRolePolicy", "roleName", ROLE, NULL},
    {"iam", "CreateUser", "userName", USER, "user.userId"},
    {"iam",
     "*User* *AccessKey *LoginProfile *MFADevice *SigningCertificate *SSHPublicKey "
     "*ServiceSpecificCredential",
     "userName", USER, NULL},
    {"iam", "CreateGroup", "groupName", GROUP, "group.groupId"},
    {"iam", "*Group *GroupPolicy", "groupName", GROUP, NULL},
    {"iam", "CreatePolicy", "policyName", POLICY, "policy.policyId"},
    {"iam",
     "CreatePolicyVersion DeletePolicyVersion DeletePolicy SetDefaultPolicyVersion TagPolicy UntagPolicy",
     "policyArn", POLICY, NULL},
    {"iam", "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy", NULL, ACCOUNT, NULL},
    {"iam", "CreateAccountAlias DeleteAccountAlias", NULL, ACCOUNT, NULL},

    {"rds",
     "*DBInstance *DBInstanceReadReplica ModifyDBInstance* AddRoleToDBInstance RemoveRoleFromDBInstance",
     "dBInstanceIdentifier", "AWS::RDS::DBInstance", "dbiResourceId"},
    {"rds", "*DBCluster AddRoleToDBCluster RemoveRoleFromDBCluster", "dBClusterIdentifier",
     "AWS::RDS::DBCluster", "dbClusterResourceId"},
    {"rds", "*DBSnapshot ModifyDBSnapshotAttribute", "dBSnapshotIdentifier", "AWS::RDS::DBSnapshot", NULL},
    {"rds", "*DBClusterSnapshot ModifyDBClusterSnapshotAttribute", "dBClusterSnapshotIdentifier",
     "AWS::RDS::DBClusterSnapshot", NULL},
    {"rds", "*DBSubnetGroup", "dBSubnetGroupName", "AWS::RDS::DBSubnetGroup", NULL},
    {"rds", "AddTagsToResource RemoveTagsFromResource", "resourceName", NULL, NULL},

    {"kms", "CreateKey ReplicateKey", "<keyMetadata.keyId", "AWS::KMS::Key", NULL},
    {"kms", "CreateAlias UpdateAlias", "targetKeyId", "AWS::KMS::Key", NULL},
    {"kms", "EnableKey* DisableKey* PutKeyPolicy CancelKeyDeletion ScheduleKeyDeletion UpdateKeyDescription",
     "keyId", "AWS::KMS::Key", NULL},
    {"kms", "CreateGrant RevokeGrant RetireGrant TagResource UntagResource", "keyId", "AWS::KMS::Key", NULL},

    {"cloudtrail", "StartLogging StopLogging UpdateTrail CreateTrail DeleteTrail", "name",
     "AWS::CloudTrail::Trail", NULL},
    {"cloudtrail", "PutEventSelectors PutInsightSelectors", "trailName", "AWS::CloudTrail::Trail", NULL},
    {"sns", "CreateTopic", "<topicArn", "AWS::SNS::Topic", NULL},
    {"sns", "*", "topicArn", "AWS::SNS::Topic", NULL},
    {"sns", "TagResource UntagResource", "resourceArn", "AWS::SNS::Topic", NULL},
    {"sqs", "CreateQueue", "<queueUrl", "AWS::SQS::Queue", NULL},
    {"sqs", "*", "queueUrl", "AWS::SQS::Queue", NULL},
    {"dynamodb", "*Table* UpdateContinuousBackups UpdateTimeToLive UpdateKinesisStreamingDestination",
     "tableName", "AWS::DynamoDB::Table", NULL},
    {"redshift", "*Cluster EnableLogging DisableLogging ModifyCluster* RotateEncryptionKey",
     "clusterIdentifier", "AWS::Redshift::Cluster", NULL},

    {"elasticloadbalancing", "*", "loadBalancerArn", "AWS::ElasticLoadBalancingV2::LoadBalancer", NULL},
    {"elasticloadbalancing", "CreateLoadBalancer", "<loadBalancers.loadBalancerArn",
     "AWS::ElasticLoadBalancingV2::LoadBalancer", NULL},
    {"elasticloadbalancing", "*", "listenerArn", "AWS::ElasticLoadBalancingV2::Listener", NULL},
    {"elasticloadbalancing", "*", "loadBalancerName", "AWS::ElasticLoadBalancing::LoadBalancer", NULL},
    {"elasticloadbalancing", "*", "targetGroupArn", "AWS::ElasticLoadBalancingV2::TargetGroup", NULL},
    {"autoscaling", "*", "autoScalingGroupName", "AWS::AutoScaling::AutoScalingGroup", NULL},
    {"cloudfront", "*Distribution*", "id", "AWS::CloudFront::Distribution", NULL},
    {"cloudfront", "CreateDistribution*", "<distribution.id", "AWS::CloudFront::Distribution", NULL},
    {"apigateway", "*RestApi* *Stage *Deployment", "restApiId", "AWS::ApiGateway::RestApi", NULL},
    {"ecs", "RegisterTaskDefinition", "family", "AWS::ECS::TaskDefinition",
     "taskDefinition.taskDefinitionArn"},
    {"ecs", "UpdateService DeleteService", "service", "AWS::ECS::Service", "service.serviceArn"},
    {"ecs", "CreateService", "serviceName", "AWS::ECS::Service", "service.serviceArn"},
    {"eks", "UpdateClusterConfig UpdateClusterVersion DeleteCluster CreateCluster", "name",
     "AWS::EKS::Cluster", NULL},
    {"eks", "CreateNodegroup UpdateNodegroup* DeleteNodegroup *Addon", "clusterName", "AWS::EKS::Cluster",
     NULL},
    {"es", "*ElasticsearchDomain*", "domainName", "AWS::Elasticsearch::Domain", NULL},
    {"es", "UpdateDomainConfig CreateDomain DeleteDomain", "domainName", "AWS::OpenSearch::Domain", NULL},
    {"codebuild", "CreateProject UpdateProject DeleteProject", "name", "AWS::CodeBuild::Project", NULL},
    {"secretsmanager", "CreateSecret", "name", "AWS::SecretsManager::Secret", "aRN"},
    {"secretsmanager", "*", "secretId", "AWS::SecretsManager::Secret", "aRN"},
    {"logs", "*", "logGroupName", "AWS::Logs::LogGroup", NULL},
    {"ecr", "*", "repositoryName", "AWS::ECR::Repository", NULL},
    {"ssm", "*Document ModifyDocumentPermission UpdateDocument*", "name", "AWS::SSM::Document", NULL},
    {"guardduty", "CreateDetector UpdateDetector DeleteDetector", NULL, ACCOUNT, NULL},
    {"securityhub", "EnableSecurityHub DisableSecurityHub", NULL, ACCOUNT, NULL},
};
const size_t n_resource_rows = sizeof resource_rows / sizeof *resource_rows;

const struct resource_row general_rows[] = {
    {"ec2", "*", "groupId", NULL, NULL},
    {"ec2", "*", "instanceId", NULL, NULL},
    {"ec2", "*", "volumeId", NULL, NULL},
    {"ec2", "*", "subnetId", NULL, NULL},
    {"ec2", "*", "vpcId", NULL, NULL},
    {"ec2", "*", "routeTableId", NULL, NULL},
    {"ec2", "*", "internetGatewayId", NULL, NULL},
    {"ec2", "*", "natGatewayId", NULL, NULL},
    {"ec2", "*", "networkInterfaceId", NULL, NULL},
    {"ec2", "*", "networkAclId", NULL, NULL},
    {"*", "*", "functionName", LAMBDA, NULL},
    {"*", "*", "instanceId", INSTANCE, NULL},
    {"*", "*", "instanceIds", INSTANCE, NULL},
    {"*", "*", "bucketName", BUCKET, NULL},
    {"*", "*", "roleName", ROLE, NULL},
    {"*", "*", "tableName", "AWS::DynamoDB::Table", NULL},
    {"*", "*", "topicArn", "AWS::SNS::Topic", NULL},
    {"*", "*", "queueUrl", "AWS::SQS::Queue", NULL},
    {"*", "*", "logGroupName", "AWS::Logs::LogGroup", NULL},
    {"*", "*", "resourceArn", NULL, NULL},
    {"*", "*", "resourceARN", NULL, NULL},
    {"*", "*", "resourceARNList", NULL, NULL}, /* of the tagging API */
    {"*", "*", "resourceArns", NULL, NULL},
    {"*", "*", "arn", NULL, NULL},
    {"*", "*", "stateMachineArn", "AWS::StepFunctions::StateMachine", NULL},
    {"*", "*", "certificateArn", "AWS::ACM::Certificate", NULL},
};
const size_t n_general_rows = sizeof general_rows / sizeof *general_rows;

const struct id_prefix id_prefixes[] = {
    {"i-", INSTANCE},
    {"sg-", SECURITY_GROUP},
    {"vol-", "AWS::EC2::Volume"},
    {"snap-", "AWS::EC2::Snapshot"},
    {"ami-", "AWS::EC2::Image"},
    {"vpc-", "AWS::EC2::VPC"},
    {"subnet-", "AWS::EC2::Subnet"},
    {"rtb-", "AWS::EC2::RouteTable"},
    {"igw-", "AWS::EC2::InternetGateway"},
    {"nat-", "AWS::EC2::NatGateway"},
    {"eni-", "AWS::EC2::NetworkInterface"},
    {"acl-", "AWS::EC2::NetworkAcl"},
    {"eipalloc-", "AWS::EC2::EIP"},
    {"fl-", "AWS::EC2::FlowLog"},
    {"vpce-", "AWS::EC2::VPCEndpoint"},
    {"vgw-", "AWS::EC2::VPNGateway"},
    {"cgw-", "AWS::EC2::CustomerGateway"},
    {"vpn-", "AWS::EC2::VPNConnection"},
    {"tgw-", "AWS::EC2::TransitGateway"},
    {"lt-", "AWS::EC2::LaunchTemplate"},
};
const size_t n_id_prefixes = sizeof id_prefixes / sizeof *id_prefixes;
