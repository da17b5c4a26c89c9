/**
 * A type token as a person says it: `aws:ec2/subnet:Subnet` is `ec2/Subnet`, `tls:index/privateKey:PrivateKey` is
 * `tls/PrivateKey`, the component `ci-hosts:index:CiFleet` is `CiFleet`.
 */
export function typeName(token: string, custom: boolean): string {
  const [pkg = "", modulePath = "", name] = token.split(":");
  if (name === undefined) {
    return token;
  }
  if (!custom) {
    return name;
  }
  const [module = ""] = modulePath.split("/");
  return `${module === "index" || module === "" ? pkg : module}/${name}`;
}
