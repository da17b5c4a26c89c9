/** One part of a MIME multi-part archive, as cloud-init takes several documents in one user data. */
export interface MimePart {
  /** The name of its file, or `part 2` where it has none. */
  readonly name: string;
  readonly contentType: string;
  /** Decoded from its transfer encoding. */
  readonly content: string;
}

/** The parts of an archive in their order; `undefined` for a text that is none. Nested archives stay as they are. */
export function mimeParts(text: string): MimePart[] | undefined {
  const { headers, body } = message(text);
  const boundary = /^multipart\/[^;]+;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/is.exec(headers.get("content-type") ?? "");
  const delimiter = boundary?.[1] ?? boundary?.[2];
  if (delimiter === undefined) {
    return undefined;
  }
  const [, ...pieces] = `\n${body.replaceAll("\r\n", "\n")}`.split(`\n--${delimiter}`);
  return pieces
    .filter((piece) => !piece.startsWith("--"))
    .map((piece, index) => part(piece.replace(/^[ \t]*\n/, ""), index));
}

function part(text: string, index: number): MimePart {
  const { headers, body } = message(text);
  const name = /\bfilename="?([^";]+)"?/i.exec(headers.get("content-disposition") ?? "")?.[1];
  const isBase64 = headers.get("content-transfer-encoding")?.trim().toLowerCase() === "base64";
  return {
    name: name ?? `part ${index + 1}`,
    contentType: (headers.get("content-type") ?? "text/plain").split(";")[0]?.trim() ?? "",
    content: isBase64 ? Buffer.from(body, "base64").toString() : body,
  };
}

/** Header fields, whose continuation lines start with a space (RFC 5322, section 2.2.3), and what follows them. */
function message(text: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  const [head = "", ...rest] = text.replace(/^From .*\r?\n/, "").split(/\r?\n\r?\n/);
  const fields = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = fields.flatMap((field): [string, string][] => {
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(field) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
  });
  return { headers: new Map(headers), body: rest.join("\n\n") };
}
