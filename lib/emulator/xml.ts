import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import { CosError } from "./cos-error.ts";

/** An element's children by name; an array stands for the element repeated, undefined for none. */
export interface XmlChildren {
  readonly [name: string]: XmlNode | readonly XmlNode[] | undefined;
}

export type XmlNode = string | XmlChildren;

const builder = new XMLBuilder({ suppressEmptyNode: true });

/** Writes one document; text is escaped, quotes too, as COS does it in ETags. */
export function buildXml(root: string, children: XmlChildren): string {
  return `<?xml version="1.0" encoding="utf-8" ?>${builder.build({ [root]: children })}`;
}

/** One `<Part>` of a Complete body, as sent. */
export interface ListedPart {
  readonly partNumber: string;
  readonly etag: string;
}

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  isArray: (name) => name === "Part",
});

/** Reads the body of Complete Multipart Upload. */
export function parsePartList(text: string): ListedPart[] {
  // Entities that a document declares itself could grow without bound, and COS's bodies have none.
  if (/<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true) throw malformed();
  const document: unknown = parser.parse(text);
  const parts = child(child(document, "CompleteMultipartUpload"), "Part");
  if (!Array.isArray(parts) || parts.length === 0) throw malformed();
  return parts.map((part: unknown) => {
    const partNumber = child(part, "PartNumber");
    const etag = child(part, "ETag");
    if (typeof partNumber !== "string" || typeof etag !== "string") throw malformed();
    return { partNumber, etag };
  });
}

function child(node: unknown, name: string): unknown {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
  return (node as Record<string, unknown>)[name];
}

function malformed(): CosError {
  return new CosError(
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema.",
  );
}
