import type { XMLBuilder, XMLParser } from "fast-xml-parser";
import { loadDependency } from "../../dependency.ts";

/** An element: text, or its children by name; a name in {@link LISTS} is always an array. */
export type XmlValue = string | XmlElement | readonly XmlValue[];
export interface XmlElement {
  readonly [name: string]: XmlValue | undefined;
}

/** Elements that repeat: one of them is still a list. */
const LISTS = new Set(["Part", "Upload", "CommonPrefixes"]);

/** Three times as many as in the longest listing; a document that is nothing but tags takes a thousand times its size to read. */
const MAX_TAGS = 100_000;

interface Xml {
  readonly parser: XMLParser;
  readonly builder: XMLBuilder;
  isValid(document: string): boolean;
}

/** Loading the package takes longer than all of this library: it waits for the first request. */
let loading: Promise<void> | undefined;
let loaded: Xml | undefined;

/** To be awaited before documents are read or built. */
export function loadXml(): Promise<void> {
  loading ??= loadDependency("fast-xml-parser", () => import("fast-xml-parser")).then(
    ({ XMLBuilder, XMLParser, XMLValidator }) => {
      loaded = {
        parser: new XMLParser({
          ignoreAttributes: true,
          ignoreDeclaration: true,
          // ETags and upload ids can look like numbers; a CRC64 is too long to be one.
          parseTagValue: false,
          htmlEntities: true,
          isArray: (name) => LISTS.has(name),
        }),
        builder: new XMLBuilder(),
        isValid: (document) => XMLValidator.validate(document) === true,
      };
    },
  );
  return loading;
}

function xml(): Xml {
  if (loaded === undefined) throw new Error("loadXml was not awaited");
  return loaded;
}

/**
 * Reads an answer of COS. White space before the document is skipped: COS sends it to keep a connection alive while
 * it merges parts.
 *
 * @returns The root element's name and content; `undefined` when the text is no XML document that COS would send (a
 *   document type, with its entities, is refused, and so is one of too many tags).
 */
export function parseXml(text: string): { root: string; content: XmlElement } | undefined {
  const document = text.trim();
  if (!document.startsWith("<") || /<!DOCTYPE/i.test(document) || hasTooManyTags(document)) return undefined;
  const { parser, isValid } = xml();
  try {
    if (!isValid(document)) return undefined;
    const [entry, ...more] = Object.entries(parser.parse(document) as XmlElement);
    if (entry === undefined || more.length > 0) return undefined;
    const [root, content] = entry;
    return { root, content: isElement(content) ? content : {} };
  } catch {
    // Nested too deep, or a name that would reach into JavaScript's own.
    return undefined;
  }
}

/** The text of a child element; `undefined` when it is missing, empty or no text. */
export function textOf(element: XmlElement, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = element[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

/** The repeated child elements of a name. */
export function listOf(element: XmlElement, name: string): readonly XmlElement[] {
  const value = element[name];
  return Array.isArray(value) ? value.filter(isElement) : [];
}

export function buildXml(element: XmlElement): string {
  return xml().builder.build(element);
}

function hasTooManyTags(document: string): boolean {
  let count = 0;
  for (let at = document.indexOf("<"); at >= 0; at = document.indexOf("<", at + 1)) count++;
  return count > MAX_TAGS;
}

function isElement(value: XmlValue | undefined): value is XmlElement {
  return typeof value === "object" && !Array.isArray(value);
}
