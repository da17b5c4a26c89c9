/** One part of a MIME multi-part archive, as cloud-init takes several documents in one user data. */
export interface MimePart {
  /** The name of its file, or `part 2` where it has none. */
  readonly name: string;
  readonly contentType: string;
  readonly headers: Headers;
  /** Decoded from its transfer encoding. */
  readonly content: string;
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
  const [, ...pieces] = `\n${body.replaceAll("\r\n", "\n")}`.split(`\n--${delimiter}`);
  const parts = pieces
    .filter((piece) => !piece.startsWith("--"))
    .map((piece, index) => part(piece.replace(/^[ \t]*\n/, ""), index));
  return { headers, parts };
}

function part(text: string, index: number): MimePart {
  const { headers, body } = message(text);
  const name = /\bfilename="?([^";]+)"?/i.exec(fieldOf(headers, "content-disposition") ?? "")?.[1];
  const isBase64 = fieldOf(headers, "content-transfer-encoding")?.trim().toLowerCase() === "base64";
  return {
    name: name ?? `part ${index + 1}`,
    contentType: (fieldOf(headers, "content-type") ?? "text/plain").split(";")[0]?.trim() ?? "",
    headers,
    content: isBase64 ? Buffer.from(body, "base64").toString() : body,
  };
}

/** Header fields, whose continuation lines start with a space (RFC 5322, section 2.2.3), and what follows them. */
function message(text: string): { readonly headers: Headers; readonly body: string } {
  const [head = "", ...rest] = text.replace(/^From .*\r?\n/, "").split(/\r?\n\r?\n/);
  const fields = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = fields.flatMap((field): [string, string][] => {
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(field) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
  });
  return { headers, body: rest.join("\n\n") };
}

/** The first counts, as it does for cloud-init. */
function fieldOf(headers: Headers, field: string): string | undefined {
  return headers.find(([name]) => name === field)?.[1];
}
