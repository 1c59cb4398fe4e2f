import type { Fault } from "../faults/fault.ts";
import { OPERATIONS } from "../operation.ts";

/** A header that another site's page cannot send without asking first, and it is never answered yes. */
export const CHANGE_HEADER = "x-cos-console";

/** Kinds of faults that can be switched on from the page, with the numbers and words that each takes. */
const KINDS: Readonly<Record<Fault["kind"], Readonly<Record<string, string | number>>>> = {
  latency: { milliseconds: 1000 },
  throttle: { bytesPerSecond: 100_000 },
  reset: { afterBytes: 0 },
  "half-close": { afterBytes: 0 },
  error: { statusCode: 503, code: "SlowDown" },
  "wrong-etag": {},
  "no-etag": {},
  "wrong-crc64": {},
  "no-crc64": {},
  "truncated-answer": {},
  "error-in-200": { code: "InternalError" },
  "lost-answer": {},
  "clock-skew": { milliseconds: 3_600_000 },
  "expired-token": {},
  "foreign-answer": { statusCode: 502 },
  stall: { where: "request" },
};

/** The script of the page. All text goes in as text, never as HTML: keys and headers are anybody's. */
export const SCRIPT: string = `"use strict";
const KINDS = ${JSON.stringify(KINDS)};
const OPERATIONS = ${JSON.stringify(OPERATIONS.filter((name) => name !== "Unknown"))};
const $ = (selector, from = document) => from.querySelector(selector);
const make = (tag, properties = {}, ...children) => {
  const { dataset, ...others } = properties;
  const element = Object.assign(document.createElement(tag), others);
  Object.assign(element.dataset, dataset);
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
};
const size = (bytes) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit += 1; }
  return (unit === 0 ? bytes : bytes.toFixed(1)) + " " + units[unit];
};
const time = (at) => new Date(at).toLocaleTimeString(undefined, { hour12: false });
const age = (milliseconds) => {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return seconds + " s";
  return seconds < 7200 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h";
};

const rowOf = {
  requests(request) {
    const { id, receivedAt, operation, method, path, partNumber, bytes, statusCode, code, fault, aborted, refusal } = request;
    const isBad = aborted || statusCode >= 400 || code !== undefined;
    const words = [statusCode ?? (aborted ? "" : "…"), code, aborted ? "client left" : undefined, fault && "fault: " + fault];
    const answer = words.filter((word) => word !== undefined && word !== "").join(" ");
    const name = operation + (partNumber === undefined ? "" : " " + partNumber);
    return make("tr", {},
      make("td", {}, time(receivedAt)),
      make("td", {}, name),
      make("td", { className: "path" }, method + " " + path, refusal && explained(id, code, refusal)),
      make("td", {}, size(bytes)),
      make("td", { className: isBad ? "bad" : "good" }, answer));
  },
  uploads({ bucket, key, uploadId, initiated, parts }, now) {
    const sum = parts.reduce((total, part) => total + part.size, 0);
    const rows = parts.map((part) => make("tr", {},
      make("td", {}, String(part.partNumber)), make("td", {}, size(part.size)),
      make("td", {}, part.etag), make("td", {}, age(now - part.lastModified) + " ago")));
    const head = ["Part", "Size", "ETag", "Stored"].map((name) => make("th", { scope: "col" }, name));
    return make("details", { dataset: { id: uploadId } },
      make("summary", {}, bucket + "/" + key + " — " + parts.length + " parts, " + size(sum) + ", begun " + age(now - initiated) + " ago"),
      make("p", { className: "mono" }, "UploadId " + uploadId),
      make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
  },
  objects({ bucket, key, size: bytes, type, crc64, lastModified }) {
    const href = "object?" + new URLSearchParams({ bucket, key });
    return make("tr", {},
      make("td", { className: "path" }, make("a", { href, download: "" }, bucket + "/" + key)),
      make("td", {}, size(bytes)), make("td", {}, type ?? ""), make("td", {}, crc64), make("td", {}, time(lastModified)));
  },
  faults({ id, fault, operation, times, hits }) {
    const { kind, ...parameters } = fault;
    const which = operation === undefined ? "any operation" : [operation].flat().join(", ");
    const left = times === null ? "all" : times;
    const words = kind + " " + Object.entries(parameters).map(([name, value]) => name + "=" + value).join(" ") + " — " + which + ", " + hits + " of " + left + " ";
    const button = make("button", { type: "button", onclick: () => change("DELETE", "faults/" + id) }, "Switch off");
    button.setAttribute("aria-label", "Switch off " + kind + " for " + which);
    return make("li", {}, words, button);
  },
};

function explained(id, code, { message, details, received }) {
  const list = make("dl", {}, make("dt", {}, "Why"), make("dd", {}, message));
  const add = (name, text) => list.append(make("dt", {}, name), make("dd", {}, make("pre", {}, text)));
  if (details.StringToSign !== undefined) {
    add("What came (Authorization)", received.split("&").join("\\n"));
    add("Request as the server read it (FormatString)", details.FormatString);
    add("String to sign that the server built from it", details.StringToSign);
    list.append(make("dt", {}, "What to do"), make("dd", {}, "Compare these lines with those of your signer: the first that differs is the mistake. If none does, the secret key differs."));
  }
  return make("details", { dataset: { id: String(id) } }, make("summary", {}, "Why " + code), list);
}

const shown = new Map();
function show(name, rows, now) {
  const place = $("[data-rows=" + name + "]");
  // Ages change each second: rows whose data is the same are left alone, so that focus and selection stay.
  const text = JSON.stringify(rows) + (name === "uploads" ? Math.floor(now / 5000) : "");
  if (shown.get(name) === text) return;
  shown.set(name, text);
  const open = new Set([...place.querySelectorAll("details[open]")].map((details) => details.dataset.id));
  const focused = place.contains(document.activeElement) ? [...place.querySelectorAll("a, button, summary")].indexOf(document.activeElement) : -1;
  place.replaceChildren(...rows.map((row) => rowOf[name](row, now)));
  for (const details of place.querySelectorAll("details")) details.open = open.has(details.dataset.id);
  if (focused >= 0) [...place.querySelectorAll("a, button, summary")][focused]?.focus();
}

async function refresh() {
  const state = await (await fetch("state")).json();
  const { now, target, objects, uploads, requests, faults } = state;
  $("#target").textContent = "endpoint " + target.endpoint + ", bucket " + target.bucket + ", region " + target.region;
  for (const [name, list] of Object.entries({ objects, uploads, requests })) {
    $("[data-count=" + name + "]").textContent = list.total > list.rows.length ? list.rows.length + " of " + list.total : String(list.total);
    show(name, list.rows, now);
  }
  show("faults", faults, now);
}

async function change(method, path, body) {
  const answer = await fetch(path, { method, headers: { ${JSON.stringify(CHANGE_HEADER)}: "1" }, ...(body && { body: JSON.stringify(body) }) });
  const { message = "" } = await answer.json().catch(() => ({ message: "The emulator refused it." }));
  $("#fault-error").textContent = message;
  await refresh();
}

const form = $("#fault");
form.kind.append(...Object.keys(KINDS).map((kind) => make("option", {}, kind)));
form.operation.append(make("option", { value: "" }, "any"), ...OPERATIONS.map((name) => make("option", {}, name)));
const showFields = () => $("[data-fields]").replaceChildren(...Object.entries(KINDS[form.kind.value]).map(([name, value]) =>
  make("div", {}, make("label", { htmlFor: "field-" + name }, name), make("input", { id: "field-" + name, name: "field-" + name, value, type: typeof value === "number" ? "number" : "text" }))));
form.kind.addEventListener("change", showFields);
showFields();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = Object.entries(KINDS[form.kind.value]).map(([name, value]) => {
    const given = form.elements["field-" + name].value;
    return [name, typeof value === "number" ? Number(given) : given];
  });
  const operation = form.operation.value;
  const times = form.times.value === "" ? null : Number(form.times.value);
  change("POST", "faults", { fault: { kind: form.kind.value, ...Object.fromEntries(fields) }, times, ...(operation && { operation }) });
});

(async () => {
  for (;;) {
    try {
      await refresh();
      $("#status").textContent = "";
    } catch {
      $("#status").textContent = "The emulator does not answer; it may have ended.";
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
})();
`;
