/** Colours of text on their background have a contrast of 7 or more, in both schemes. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1d21; --paper: #ffffff; --faint: #4a5058; --line: #d0d5db; --shade: #f3f5f7; --link: #0b3d91; --good: #0a5227; --bad: #8a1220; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff3; --paper: #14171b; --faint: #b4bcc6; --line: #3a414a; --shade: #1d2126; --link: #a9c7ff; --good: #8fe0ad; --bad: #ffb0b5; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { border-bottom: 1px solid var(--line); }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .4rem; }
p { margin: .25rem 0; color: var(--faint); max-width: 60rem; }
code, pre, .mono, td { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .87em; }
.count { color: var(--faint); font-weight: normal; }
.scroll { max-height: 24rem; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { position: sticky; top: 0; background: var(--shade); font-weight: 600; font-size: .85rem; }
tr:last-child td { border-bottom: 0; }
td { white-space: nowrap; } td.path, td details { white-space: normal; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
a { color: var(--link); }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 1px; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .7rem; margin: .4rem 0; }
td details { border: 0; padding: 0; margin: 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
pre { background: var(--shade); padding: .5rem .7rem; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 .6rem; }
dt { font-weight: 600; } dd { margin: 0; }
form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .5rem 0; }
form div { display: grid; } form label { font-size: .85rem; color: var(--faint); }
[data-fields] { display: flex; gap: .6rem; }
form p { flex-basis: 100%; } #fault-error, #times-hint { color: var(--bad); } #times-hint { color: var(--faint); font-size: .85rem; }
input, select, button { font: inherit; color: inherit; background: var(--shade); border: 1px solid var(--faint); border-radius: 5px; padding: .3rem .5rem; min-height: 2.1rem; }
input[type=number] { width: 8rem; }
button { cursor: pointer; }
ul { padding-left: 1.1rem; }
.empty { color: var(--faint); }
`;
