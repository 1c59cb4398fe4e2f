import { SCRIPT } from "./page-script.ts";
import { STYLE } from "./page-style.ts";

/** The page, without data: its script asks for that. */
export function consolePage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>COS emulator</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<a class="skip" href="#requests">Skip to the requests</a>
<header>
  <h1>COS emulator</h1>
  <p id="target"></p>
  <p id="status" role="status"></p>
</header>
<main>
  <section aria-labelledby="requests">
    <h2 id="requests" tabindex="-1">Requests <span class="count" data-count="requests"></span></h2>
    <p>The latest first. A refused request can be opened: it shows what the server signed.</p>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="requests">
      <table>
        <thead><tr><th scope="col">Time</th><th scope="col">Operation</th><th scope="col">Path</th><th scope="col">Body</th><th scope="col">Answer</th></tr></thead>
        <tbody data-rows="requests"></tbody>
      </table>
    </div>
  </section>
  <section aria-labelledby="uploads">
    <h2 id="uploads">Unfinished uploads <span class="count" data-count="uploads"></span></h2>
    <div data-rows="uploads"></div>
  </section>
  <section aria-labelledby="objects">
    <h2 id="objects">Objects <span class="count" data-count="objects"></span></h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="objects">
      <table>
        <thead><tr><th scope="col">Key</th><th scope="col">Size</th><th scope="col">Type</th><th scope="col">CRC64</th><th scope="col">Modified</th></tr></thead>
        <tbody data-rows="objects"></tbody>
      </table>
    </div>
  </section>
  <section aria-labelledby="faults">
    <h2 id="faults">Faults</h2>
    <p>What is to go wrong with the requests that come next.</p>
    <form id="fault">
      <div><label for="kind">Fault</label><select id="kind" name="kind"></select></div>
      <div><label for="operation">Operation</label><select id="operation" name="operation"></select></div>
      <div><label for="times">Requests</label><input id="times" name="times" type="number" min="1" value="1" aria-describedby="times-hint"></div>
      <span id="times-hint">empty: all</span>
      <span data-fields></span>
      <button>Switch on</button>
      <p id="fault-error" role="alert"></p>
    </form>
    <ul data-rows="faults"></ul>
  </section>
  <section aria-labelledby="limits">
    <h2 id="limits">What this emulator does not do</h2>
    <p>It has no copying of objects, no versions, no access control, no lifecycle, no tags as an operation of their own, no CDN and no
      regions: requests for those get <code>501 NotImplemented</code>. It encrypts nothing on disk, whatever the encryption asked for. It is not as
      slow as a network, unless a fault says so, and it refuses nothing for its rate. What passes here may still lack a
      permission at COS.</p>
  </section>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}
