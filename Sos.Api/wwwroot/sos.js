// What only the browser can do: the viewer's time zone, the theme, the clipboard, and what has to move with the pointer.

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(date) {
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[units.length - 1];
    return relative.format(Math.round(seconds / size), unit);
}

/** <sos-time datetime="…Z" format="full|relative">: a time in the viewer's zone. Blazor leaves its content alone. */
class Time extends HTMLElement {
    static observedAttributes = ["datetime", "format"];
    static #live = new Set();
    static { setInterval(() => { for (const time of Time.#live) time.#show(); }, 10_000); }
    connectedCallback() { Time.#live.add(this); this.#show(); }
    disconnectedCallback() { Time.#live.delete(this); }
    attributeChangedCallback() { if (this.isConnected) this.#show(); }
    #show() {
        const date = new Date(this.getAttribute("datetime") ?? "");
        if (isNaN(date)) return;
        const text = this.getAttribute("format") === "relative" ? ago(date) : full.format(date);
        if (this.textContent !== text) this.textContent = text;
    }
}
customElements.define("sos-time", Time);

function switchTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `sos_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
}

/**
 * Until a page is connected its controls only look alive: what is clicked or typed would be lost. They are held until
 * Blazor puts live ones in their place. Links work from the beginning.
 */
function holdUntilLive() {
    const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    while (comments.nextNode()) {
        // Blazor marks where what it will replace begins and ends; once that has happened, the marks are gone.
        if (!/^(bl-root$|Blazor:\{"type":)/.test(comments.currentNode.data)) continue;
        for (let at = comments.currentNode.nextSibling; at && !/^(\/bl-root$|Blazor:)/.test(at.data); at = at.nextSibling)
            for (const control of at.querySelectorAll?.("button, input, select, textarea") ?? [])
                control.inert = true;
    }
}

/** On a phone the menu is a strip: the page's own entry comes into sight. */
function showWhere() {
    const strip = document.querySelector(".menu ul"), here = strip?.querySelector("a.active");
    if (here) strip.scrollLeft = here.offsetLeft - strip.offsetLeft - (strip.clientWidth - here.clientWidth) / 2;
}

/**
 * A connection begins at the address that was open when it was asked for. Where a link is followed before it stands,
 * Blazor shows that page but does not tell the connection, which then puts the old one back: so the page is asked for
 * once more.
 */
let askedFrom;
const circuit = {
    configureSignalR() { askedFrom = location.href; },
    circuitHandlers: [{
        onCircuitOpened() { if (location.href !== askedFrom) Blazor.navigateTo(location.href, { replaceHistoryEntry: true }); },
    }],
};

window.sos = { tellVisibility };
const arrivals = [holdUntilLive, showWhere];
for (const arrive of arrivals) arrive();
window.Blazor?.start({ circuit });
for (const arrive of arrivals) window.Blazor?.addEventListener("enhancedload", arrive);

/** Tells a connection whether its tab is seen, for as long as the connection lasts. */
function tellVisibility(connection) {
    const tell = () => connection.invokeMethodAsync("Changed", !document.hidden)
        .catch(() => document.removeEventListener("visibilitychange", tell));
    document.addEventListener("visibilitychange", tell);
    if (document.hidden) tell();
}

document.addEventListener("click", async event => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-theme-switch]")) switchTheme();
    if (target.closest("[data-reload]")) location.reload();
    if (target.closest("[data-reconnect]")) Blazor.reconnect?.().then(ok => ok || location.reload());
    const copy = target.closest("[data-copy]");
    if (copy) {
        await navigator.clipboard.writeText(copy.getAttribute("data-copy"));
        copy.dataset.copied = "";
        setTimeout(() => delete copy.dataset.copied, 1500);
    }
    for (const open of document.querySelectorAll("details.switch[open]"))
        if (!open.contains(target)) open.removeAttribute("open");
});

document.addEventListener("keydown", event => {
    if (event.key === "Escape")
        for (const open of document.querySelectorAll("details.switch[open]")) open.removeAttribute("open");
    if (event.key === "/" && !/^(input|textarea|select)$/i.test(document.activeElement?.tagName ?? "")) {
        const search = document.querySelector(".search input");
        if (search) { event.preventDefault(); search.focus(); }
    }
});
