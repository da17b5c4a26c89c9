import { type Fixtures, resource, templateType } from "./fixture";

const group = "aws:ec2/securityGroup:SecurityGroup";
const secret = (type: string, path: string) => resource(type, "it", { [path]: "‹secret›" }, {}, [path]);

export const judged: Record<string, Fixtures> = {
  "judged-in-the-open": {
    breaks: [
      ["a role's policy", "it: policy", secret("aws:iam/rolePolicy:RolePolicy", "policy")],
      ["who may take a role on", "it: assumeRolePolicy", secret("aws:iam/role:Role", "assumeRolePolicy")],
      ["a secret's policy", "it: policy", secret("aws:secretsmanager/secretPolicy:SecretPolicy", "policy")],
      ["a registry's policy", "it: policy", secret("aws:ecr/repositoryPolicy:RepositoryPolicy", "policy")],
      ["who gets in", "it: ingress", secret(group, "ingress")],
      [
        "from where one gets in",
        "it: cidrIpv4",
        secret("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cidrIpv4"),
      ],
      [
        "how the metadata service answers",
        "it: metadataOptions.httpTokens",
        secret(templateType, "metadataOptions.httpTokens"),
      ],
      ["whether a volume is encrypted", "it: encrypted", secret("aws:ebs/volume:Volume", "encrypted")],
      [
        "what becomes of a silent host",
        "it: defaultResult",
        secret("aws:autoscaling/lifecycleHook:LifecycleHook", "defaultResult"),
      ],
    ],
    passes: [
      ["a secret's value", secret("aws:secretsmanager/secretVersion:SecretVersion", "secretString")],
      ["a key of a VPN", secret("aws:ec2/vpnConnection:VpnConnection", "tunnel1PresharedKey")],
      ["user data, of which another rule says it", secret(templateType, "userData")],
      ["a policy in the open", resource("aws:iam/rolePolicy:RolePolicy", "it", { policy: "{}" })],
    ],
  },
};
