import { gzipSync } from "node:zlib";
import { type Fixtures, host, mime, resource, writes } from "./fixture";

const at = "host: userData";
const cloudConfig = (document: object) => host(`#cloud-config\n${JSON.stringify(document)}`);
const file = { path: "/a", content: "a" };
const part = (type: string, text: string) => host(mime(`Content-Type: ${type}\n\n${text}`));

export const userData: Record<string, Fixtures> = {
  "user-data-understood": {
    breaks: [
      ["a key of write_files that nobody knows", at, cloudConfig({ write_files: [{ ...file, comment: "a" }] })],
      [
        "a file that comes from elsewhere",
        at,
        cloudConfig({ write_files: [{ path: "/a", source: { uri: "https://a" } }] }),
      ],
      ["an encoding that nobody knows", at, cloudConfig({ write_files: [{ ...file, encoding: "rot13" }] })],
      ["content that is not what its encoding says", at, cloudConfig({ write_files: [{ ...file, encoding: "gzip" }] })],
      ["an entry that is no file", at, cloudConfig({ write_files: ["a"] })],
      ["files that are no list", at, cloudConfig({ write_files: file })],
      ["commands that are no list", at, cloudConfig({ runcmd: "echo" })],
      ["a command that is a mapping", at, cloudConfig({ bootcmd: [{ echo: "a" }] })],
      ["a key that stands there twice", at, host("#cloud-config\nruncmd: [a]\nruncmd: [b]\n")],
      ["YAML that does not parse", at, host("#cloud-config\nruncmd: [\n")],
      ["YAML with a tag that runs code", at, host("#cloud-config\n- a\n")],
      [
        "YAML with more aliases than anyone writes",
        at,
        host(`#cloud-config\na: &a 1\nb: [${Array(1001).fill("*a").join(", ")}]\n`),
      ],
      ["a part of a type that nobody knows", at, part("text/x-other", "a")],
      ["a handler for parts", at, part("text/part-handler", "def list_types(): pass")],
      ["what stands at an address", at, host("#include\nhttps://example.com/user-data\n")],
      ["such a part", at, part("text/x-include-url", "https://example.com/user-data")],
      ["an archive that is none", at, host("#cloud-config-archive\na: b\n")],
      ["a text of no type", at, host("[settings]\nkey = true\n")],
      [
        "bytes",
        at,
        resource("aws:ec2/instance:Instance", "host", { userData: Buffer.from([255, 0, 1]).toString("base64") }),
      ],
      [
        "gzip beyond the limit",
        at,
        resource("aws:ec2/instance:Instance", "host", {
          userDataBase64: "",
          userData: gzipSync(`#cloud-config\n#${"#".repeat(4.3e6)}\n`).toString("base64"),
        }),
      ],
      ["gzip that is cut off", at, host(gzipSync("#!/bin/sh\n").subarray(0, 15).toString("base64"))],
      ["commands in commands in commands", at, host(`#!/bin/sh\n${"$(".repeat(99)}`)],
      [
        "a compose file that does not parse",
        `${at}: /srv/compose.yaml`,
        host(writes("/srv/compose.yaml", "services: [")),
      ],
      [
        "a daemon.json that does not parse",
        `${at}: /etc/docker/daemon.json`,
        host(writes("/etc/docker/daemon.json", "{")),
      ],
    ],
    passes: [
      [
        "a cloud-config",
        cloudConfig({ write_files: [{ ...file, encoding: " Text/Plain ", defer: "true" }], runcmd: ["a"] }),
      ],
      ["a script", host("#!/bin/sh\necho\n")],
      ["a script behind an empty line", host("\n#!/bin/sh\necho\n")],
      ["a script of Windows", host("<powershell>\nStart-Service docker\n</powershell>\n")],
      ["parts of both", part("text/x-shellscript", "#!/bin/sh\n")],
      ["nothing", host("")],
      ["what is not known yet", host("‹config.userData›")],
      ["content that is not known yet", cloudConfig({ write_files: [{ ...file, encoding: "b64", content: "‹a.b›" }] })],
      ["keys of cloud-init that are no files and no commands", cloudConfig({ ssh_pwauth: false })],
    ],
  },
};
