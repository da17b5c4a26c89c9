import type { Value } from "../../preview/manifest";
import { base64, type Fixtures, host, instanceType, resource, templateType, writes, writesAll } from "./fixture";

// In pieces, so that this file holds nothing that looks like a credential.
const begin = "-----" + "BEGIN ";
const key = `${begin}EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n`;
const certificate = `${begin}CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;
const awsKey = "AK" + "IAIOSFODNN7EXAMPLE";
const github = "gh" + "p_0123456789abcdefghijklmnopqrstuvwxyz";

const instance = (inputs: Record<string, Value>) => resource(instanceType, "host", inputs);
const lambda = (variables: Record<string, Value>) =>
  resource("aws:lambda/function:Function", "function", { environment: { variables } });
const task = (containerDefinitions: unknown) =>
  resource("aws:ecs/taskDefinition:TaskDefinition", "task", {
    containerDefinitions: JSON.stringify(containerDefinitions),
  });
const parameter = (inputs: Record<string, Value>, secretInputs: string[] = []) =>
  resource("aws:ssm/parameter:Parameter", "parameter", inputs, {}, secretInputs);
const secretVersion = (inputs: Record<string, Value>, secretInputs: string[] = []) =>
  resource("aws:secretsmanager/secretVersion:SecretVersion", "version", inputs, {}, secretInputs);
const tls = (kind: string, inputs: Record<string, Value>, secretInputs: string[] = []) =>
  resource(`tls:index/${kind}`, "tls", inputs, {}, secretInputs);

export const secrets: Record<string, Fixtures> = {
  "no-credentials-in-clear": {
    breaks: [
      ["a private key in a file", "host: userData: /etc/docker/key.pem", host(writes("/etc/docker/key.pem", key))],
      [
        "a private key in base64",
        "host: userData: /key",
        host(`#cloud-config\nwrite_files:\n- { path: /key, encoding: b64, content: ${base64(key)} }\n`),
      ],
      [
        "a private key in user data in base64",
        "host: userData: /key",
        resource(templateType, "host", { userData: base64(writes("/key", key)) }),
      ],
      ["a certificate", "host: userData: /ca.pem", host(writes("/ca.pem", certificate))],
      ["a private key in a script", "host: userData", host(`#!/bin/sh\ncat > /k <<EOF\n${key}EOF\n`)],
      [
        "a key in base64 that a script decodes",
        "host: userData",
        host(`#!/bin/sh\necho ${base64(key)} | base64 -d > /k\n`),
      ],
      [
        "a key under another key of cloud-init",
        "host: userData",
        host(`#cloud-config\n${JSON.stringify({ ssh_keys: { rsa: key } })}`),
      ],
      ["an AWS key", "host: userData", host(`#!/bin/sh\nexport AWS_ACCESS_KEY_ID=${awsKey}\n`)],
      [
        "an AWS secret key",
        "host: userData: /root/.aws/credentials",
        host(
          writes(
            "/root/.aws/credentials",
            `aws_secret_access_key = ${"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE" + "KEY"}`,
          ),
        ),
      ],
      [
        "a token of GitHub",
        "host: userData: runcmd".replace(": runcmd", ""),
        host(`#cloud-config\nruncmd:\n- ./config.sh --token ${github}\n`),
      ],
      [
        "a token of GitLab",
        "host: userData",
        host(`#!/bin/sh\ngitlab-runner register --token ${"glr" + "t-0123456789abcdefghij"}\n`),
      ],
      ["a password in a URL", "host: userData", host("#!/bin/sh\ngit clone https://bot:hunter22@example.com/a\n")],
      ["a password in an assignment", "host: userData", host("#!/bin/sh\nexport REGISTRY_PASSWORD=hunter2hunter2\n")],
      [
        "user data that is marked secret",
        "host: userData",
        resource(instanceType, "host", { userData: "‹secret›" }, {}, ["userData"]),
      ],
      [
        "a service's environment",
        "host: userData: /srv/compose.yaml: services.db.environment.POSTGRES_PASSWORD",
        host(writes("/srv/compose.yaml", "services: { db: { environment: { POSTGRES_PASSWORD: hunter2hunter2 } } }")),
      ],
      [
        "a service's environment as a list",
        "host: userData: /srv/compose.yaml: services.ci.environment.RUNNER_TOKEN",
        host(writes("/srv/compose.yaml", "services: { ci: { environment: [RUNNER_TOKEN=hunter2hunter2] } }")),
      ],
      [
        "a login to a registry",
        "host: userData: /root/.docker/config.json",
        host(writes("/root/.docker/config.json", '{"auths":{"r.example":{"auth":"aHVudGVyMjpodW50ZXIy"}}}')),
      ],
      [
        "a login of .netrc",
        "host: userData: /root/.netrc",
        host(writes("/root/.netrc", "machine example.com\nlogin ci\npassword hunter2\n")),
      ],
      ["docker login", "host: userData: script", host("#!/bin/sh\ndocker login -u ci -p hunter2 r.example\n")],
      ["docker login, the long way", "host: userData: script", host("#!/bin/sh\ndocker login --password=hunter2\n")],
      ["curl", "host: userData: script", host("#!/bin/sh\ncurl -u ci:hunter2 https://example.com\n")],
      ["a user's password", "host: userData: password", host("#cloud-config\npassword: hunter2\n")],
      [
        "passwords of several users",
        "host: userData: chpasswd.users[0].password",
        host("#cloud-config\nchpasswd: { users: [{ name: root, password: hunter2 }] }\n"),
      ],
      [
        "the same as lines",
        "host: userData: chpasswd.list",
        host('#cloud-config\nchpasswd: { list: "root:hunter2" }\n'),
      ],
      [
        "a file that another one replaces",
        "host: userData: /a",
        host(writesAll({ path: "/a", content: key }, { path: "/a", content: "" })),
      ],
      ["a tag that is a symbol in part", "host: tags.DbPassword", instance({ tags: { DbPassword: "hunter2‹a.b›" } })],
      ["a tag", "host: tags.token", instance({ tags: { token: github } })],
      [
        "a tag whose name says so",
        "host: tags.registry-password",
        instance({ tags: { "registry-password": "hunter2" } }),
      ],
      [
        "a tag of what a template makes",
        "host: tagSpecifications[0].tags.key",
        resource(templateType, "host", { tagSpecifications: [{ tags: { key: awsKey } }] }),
      ],
      [
        "a tag of a group",
        "group: tags[0].value",
        resource("aws:autoscaling/group:Group", "group", { tags: [{ key: "ci", value: github }] }),
      ],
      ["a function's environment", "function: environment.variables.PEM", lambda({ PEM: key })],
      ["a variable whose name says so", "function: environment.variables.API_TOKEN", lambda({ API_TOKEN: "0123456" })],
      [
        "a container's environment",
        "task: containerDefinitions[0].environment[0]",
        task([{ environment: [{ name: "DB_PASSWORD", value: "hunter2" }] }]),
      ],
      [
        "a build's environment",
        "build: environment.environmentVariables[0].value",
        resource("aws:codebuild/project:Project", "build", {
          environment: { environmentVariables: [{ name: "KEY", value: awsKey }] },
        }),
      ],
      ["a plain parameter", "parameter: value", parameter({ type: "String", value: key })],
    ],
    passes: [
      ["an ARN", host("#!/bin/sh\nTOKEN=arn:aws:secretsmanager:eu-central-1:111122223333:secret:token\n")],
      ["a variable", host("#!/bin/sh\nTOKEN=$(fetch)\nAPI_TOKEN=$TOKEN\n")],
      ["a symbol", lambda({ API_TOKEN: "‹secret.arn›" })],
      ["a password from the input", host("#!/bin/sh\ndocker login -u ci --password-stdin r.example\n")],
      ["a port of a container", host("#!/bin/sh\ndocker run -p 127.0.0.1:8080:80 a\n")],
      ["a user's password that is made up", host('#cloud-config\nchpasswd: { list: "root:RANDOM" }\n')],
      [
        "a service's file",
        host(writes("/srv/compose.yaml", "services: { db: { environment: { DB_PASSWORD: /run/secrets/db } } }")),
      ],
      ["a path", lambda({ PASSWORD_FILE: "/run/secrets/password", DB_PASSWORD: "/run/secrets/password" })],
      ["the public half of a key", host(writes("/key.asc", `${begin}PGP PUBLIC KEY BLOCK-----\n`))],
      ["a word that begins like a token", host("#!/bin/sh\necho ghp_short AKIA\n")],
      ["an encrypted parameter", parameter({ type: "SecureString", value: "‹secret›" }, ["value"])],
      [
        "a command's environment, which no AWS service shows",
        resource("command:local:Command", "command", { environment: { API_TOKEN: "0123456" } }),
      ],
      ["a reference to a secret", task([{ secrets: [{ name: "DB_PASSWORD", valueFrom: "arn:aws:ssm:x" }] }])],
      [
        "a build's variable that names a secret",
        resource("aws:codebuild/project:Project", "build", {
          environment: {
            environmentVariables: [{ name: "DB_PASSWORD", value: "production/db:password", type: "SECRETS_MANAGER" }],
          },
        }),
      ],
      ["a URL with a user alone", host("#!/bin/sh\ngit clone ssh://git@example.com:22/a\n")],
    ],
  },
  "private-keys-secret": {
    breaks: [
      ["a secret's value", "version: secretString", secretVersion({ secretString: "hunter2" })],
      ["a secret's value that is not known yet", "version: secretString", secretVersion({ secretString: "‹a.value›" })],
      ["a secret's value in binary", "version: secretBinary", secretVersion({ secretBinary: "aGk=" })],
      ["an encrypted parameter", "parameter: value", parameter({ type: "SecureString", value: "hunter2" })],
      [
        "a CA's key",
        "tls: caPrivateKeyPem",
        tls("locallySignedCert:LocallySignedCert", { caPrivateKeyPem: key, caCertPem: "‹ca.certPem›" }),
      ],
      [
        "a key whose mark was taken off",
        "tls: privateKeyPem",
        tls("selfSignedCert:SelfSignedCert", { privateKeyPem: "‹key.privateKeyPem›" }),
      ],
      [
        "such a key where nobody expects one",
        "bucket: content",
        resource("aws:s3/bucketObject:BucketObject", "bucket", { content: "key: ‹key.privateKeyOpenssh›" }),
      ],
      [
        "a key in a connection",
        "check: connection.privateKey",
        resource("command:remote:Command", "check", { connection: { host: "a", privateKey: "‹a.value›" } }),
      ],
      ["a component's input", "hosts: key", resource("app:index:Hosts", "hosts", { key })],
    ],
    passes: [
      ["a marked value", secretVersion({ secretString: "‹secret›" }, ["secretString"])],
      [
        "a marked key",
        tls("selfSignedCert:SelfSignedCert", { privateKeyPem: "‹key.privateKeyPem›" }, ["privateKeyPem"]),
      ],
      [
        "a key inside of what is marked",
        resource("command:remote:Command", "check", { connection: { privateKey: "‹secret›" } }, {}, ["connection"]),
      ],
      ["a public key", resource("aws:ec2/keyPair:KeyPair", "pair", { publicKey: "‹key.publicKeyOpenssh›" })],
      ["a plain parameter", parameter({ type: "String", value: "hello" })],
    ],
  },
};
