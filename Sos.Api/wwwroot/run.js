// What the pages of executions need of the browser: where a long list is scrolled to, and the clipboard.

/** Tells `owner` where `element` is scrolled to: once per frame at most, and not again before it has answered. */
export function watch(element, owner) {
    if (!element) return { stop() { } }; // the page has gone on meanwhile
    let busy = false, again = false, stopped = false;
    async function tell() {
        if (busy) { again = true; return; }
        busy = true;
        do {
            again = false;
            await new Promise(requestAnimationFrame);
            if (!stopped) await owner.invokeMethodAsync("Scrolled", element.scrollTop, element.clientHeight).catch(() => { stopped = true; });
        } while (again && !stopped);
        busy = false;
    }
    element.addEventListener("scroll", tell, { passive: true });
    const size = new ResizeObserver(tell);
    size.observe(element);
    return {
        stop() {
            stopped = true;
            size.disconnect();
            element.removeEventListener("scroll", tell);
        },
    };
}

export function copy(text) {
    return navigator.clipboard.writeText(text);
}
