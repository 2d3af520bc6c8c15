// The one line in a customer's page: a button, and the chat in a frame of its own origin.
//
// Nothing is stored on the page, no cookie is set, nobody else is asked. It runs under a strict
// policy: no inline style or script, styles by CSSOM in a shadow root.

const script = document.currentScript as HTMLScriptElement | null;
const MARK = "__siegelChat";
const page = window as unknown as Record<string, unknown>;

interface Words {
  open: string;
  close: string;
  unread(count: number): string;
  frame: string;
}

const WORDS: Record<string, Words> = {
  de: { open: "Chat öffnen", close: "Chat schließen", unread: (n) => `${n} ungelesen`, frame: "Chat" },
  en: { open: "Open the chat", close: "Close the chat", unread: (n) => `${n} unread`, frame: "Chat" },
};

const STYLE = `
:host{all:initial}
button{position:fixed;right:24px;bottom:24px;z-index:2147483646;width:60px;height:60px;border:2px solid #fff;
border-radius:50%;background:#0e5563;color:#fff;cursor:pointer;display:grid;place-items:center;
box-shadow:0 6px 24px rgb(20 36 44/.28)}
button:focus-visible{outline:3px solid #0e5563;outline-offset:3px}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
span{position:absolute;top:-6px;right:-6px;min-width:24px;padding:0 6px;border-radius:12px;background:#b3261e;
color:#fff;font:600 13px/24px system-ui,sans-serif;text-align:center}
span:empty{display:none}
iframe{position:fixed;right:24px;bottom:96px;z-index:2147483647;width:384px;height:min(640px,calc(100dvh - 112px));
border:0;border-radius:16px;background:#fff;box-shadow:0 22px 60px rgb(20 36 44/.25)}
iframe[hidden]{display:none}
@media (prefers-color-scheme:dark){button{background:#6fc0cd;color:#0b1a1f;border-color:#0b1a1f}iframe{background:#162229}}
@media (max-width:480px){iframe{inset:0;width:100%;height:100dvh;border-radius:0}}
`;

function start(chat: string, language: string): void {
  const words = WORDS[language] ?? (WORDS.en as Words);
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  const badge = document.createElement("span");
  button.append(icon(), badge);
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = words.frame;
  frame.allow = "publickey-credentials-get; publickey-credentials-create";
  root.append(button, frame);
  document.body.append(host);

  let isOpen = false;
  let unread = 0;
  let title = "";

  let isReady = false;
  // Who the page says is there, until the frame can be told.
  let token = script?.dataset.token ?? "";
  // And whether it has said that whoever was there is not any more.
  let isLeft = false;
  const say = (text: string) => {
    if (isReady) frame.contentWindow?.postMessage({ siegel: text }, chat);
  };
  const signOut = () => {
    if (!isReady || !isLeft) return;
    isLeft = false;
    say("sign-out");
  };
  const identify = () => {
    if (isReady && token) frame.contentWindow?.postMessage({ siegel: "identify", token }, chat);
    if (isReady) token = "";
  };
  const label = () => {
    const text = isOpen ? words.close : words.open;
    button.setAttribute("aria-label", unread ? `${text}, ${words.unread(unread)}` : text);
    button.setAttribute("aria-expanded", String(isOpen));
    badge.textContent = unread && !isOpen ? String(unread) : "";
  };
  // The page's own title comes back, also if the page has changed it meanwhile.
  const showTitle = () => {
    const own = document.title === title ? document.title.replace(/^\(\d+\) /, "") : document.title;
    title = unread ? `(${unread}) ${own}` : own;
    if (document.title !== title) document.title = title;
  };
  const load = () => {
    if (!frame.src) frame.src = `${chat}/?lang=${language}`;
  };
  const toggle = (open: boolean) => {
    isOpen = open;
    load();
    frame.hidden = !open;
    label();
    say(open ? "opened" : "closed");
    if (open) frame.focus();
    else button.focus();
  };

  button.onclick = () => toggle(!isOpen);
  host.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen) toggle(false);
  });
  addEventListener("message", (event) => {
    if (event.origin !== chat || event.source !== frame.contentWindow) return;
    const told = event.data as { siegel?: string; unread?: unknown };
    if (told.siegel === "close") toggle(false);
    if (told.siegel === "ready") {
      isReady = true;
      // A frame that had the focus before it was loaded may only seem to have it in Chromium:
      // keys go to the page around it. Given anew, they arrive.
      if (root.activeElement === frame) {
        frame.blur();
        frame.focus();
      }
      say(isOpen ? "opened" : "closed");
      signOut();
      identify();
    }
    if (told.siegel === "unread" && typeof told.unread === "number") {
      unread = told.unread;
      label();
      showTitle();
    }
  });
  page.siegelChat = {
    identify(given: string) {
      token = given;
      load();
      identify();
    },
    signOut() {
      token = "";
      isLeft = true;
      load();
      signOut();
    },
  };
  dispatchEvent(new Event("siegelchat"));
  label();
  // The frame knows whether this browser has a conversation with news; it is small, and loaded
  // when the page has nothing better to do.
  if ("requestIdleCallback" in window) requestIdleCallback(load, { timeout: 4000 });
  else setTimeout(load, 2000);
}

function icon(): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M4 5h16v11H11l-5 4v-4H4zM8 9.5h8M8 12.5h5");
  svg.append(path);
  return svg;
}

if (script && !page[MARK]) {
  page[MARK] = true;
  const origin = new URL(script.src).origin;
  const wished = script.dataset.language ?? document.documentElement.lang ?? navigator.language;
  const language = wished.toLowerCase().startsWith("de") ? "de" : "en";
  if (document.body) start(origin, language);
  else addEventListener("DOMContentLoaded", () => start(origin, language));
}
