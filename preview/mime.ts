/** One part of a MIME multi-part archive, as cloud-init takes several documents in one user data. */
export interface MimePart {
  /** The name of its file, or `part 2` where it has none. */
  readonly name: string;
  /** In lower case, without parameters. */
  readonly contentType: string;
  readonly headers: Headers;
  /** Decoded from its transfer encoding. */
  readonly content: string;
  /** The same, where it may be no text. */
  readonly bytes: Buffer;
}

/** Fields in their order, their names in lower case. */
type Headers = readonly (readonly [name: string, value: string])[];

export interface MimeArchive {
  readonly headers: Headers;
  /** In their order; archives in them stay as they are. */
  readonly parts: readonly MimePart[];
}

/** The archive that a text is, if it is one. */
export function mimeArchive(text: string): MimeArchive | undefined {
  const { headers, body } = message(text);
  const boundary = /^multipart\/[^;]+;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/is.exec(
    fieldOf(headers, "content-type") ?? "",
  );
  const delimiter = boundary?.[1] ?? boundary?.[2];
  if (delimiter === undefined) {
    return undefined;
  }
  const line = new RegExp(`\n--${delimiter.replace(/[^\w\s]/g, "\\$&")}(?=(?:--)?[ \t]*(?:\n|$))`);
  const [, ...pieces] = `\n${body}`.split(line);
  const parts = pieces
    .filter((piece) => !piece.startsWith("--"))
    .map((piece, index) => mimePart(piece.replace(/^[ \t]*\n/, ""), `part ${index + 1}`));
  return { headers, parts };
}

/** A message, or a part of one, by its own header. */
export function mimePart(text: string, unnamed: string): MimePart {
  const { headers, body } = message(text);
  const name = /\bfilename="?([^";]+)"?/i.exec(fieldOf(headers, "content-disposition") ?? "")?.[1];
  const contentType = ((fieldOf(headers, "content-type") ?? "text/plain").split(";")[0] ?? "").trim().toLowerCase();
  const encoding = (fieldOf(headers, "content-transfer-encoding") ?? "").trim().toLowerCase();
  // An archive needs its own header: the boundary stands there.
  const bytes = contentType.startsWith("multipart/")
    ? Buffer.from(text)
    : (decoders[encoding]?.(body) ?? Buffer.from(body));
  return {
    name: name ?? unnamed,
    contentType,
    headers,
    content: bytes.toString("utf8"),
    bytes,
  };
}

const decoders: Readonly<Record<string, (body: string) => Buffer>> = {
  base64: (body) => Buffer.from(body, "base64"),
  "quoted-printable": (body) =>
    Buffer.from(
      body
        .replace(/=[ \t]*\n/g, "")
        .replace(/(?:=[0-9a-f]{2})+/gi, (octets) => Buffer.from(octets.replaceAll("=", ""), "hex").toString("utf8")),
    ),
};

/** Header fields, whose continuation lines start with a space (RFC 5322, section 2.2.3), and what follows them. */
function message(text: string): { readonly headers: Headers; readonly body: string } {
  const lines = text
    .replaceAll("\r\n", "\n")
    .replace(/^From .*\n/, "")
    .split("\n");
  const isField = (line: string, index: number) => /^[!-9;-~]+:/.test(line) || (index > 0 && /^[ \t]+\S/.test(line));
  const end = lines.findIndex((line, index) => !isField(line, index));
  const head = end < 0 ? lines : lines.slice(0, end);
  const rest = end < 0 ? [] : lines.slice(lines[end] === "" ? end + 1 : end);
  const fields = head
    .join("\n")
    .replace(/\n[ \t]+/g, " ")
    .split("\n");
  const headers = fields.flatMap((field): [string, string][] => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(field) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
  });
  return { headers, body: rest.join("\n") };
}

/** The first counts, as it does for cloud-init. */
function fieldOf(headers: Headers, field: string): string | undefined {
  return headers.find(([name]) => name === field)?.[1];
}
