// What needs the pointer, the caret or the clipboard in the workflow editor. The graph is drawn by the server; while something is dragged, this moves it.

const minScale = 0.1, maxScale = 2.5, readable = 0.45;
const curve = (ax, ay, bx, by, error) => {
    const bend = Math.max(36, Math.min(160, Math.abs(bx - ax) / 2));
    return `M${ax} ${ay}C${error ? ax : ax + bend} ${error ? ay + 44 : ay} ${bx - bend} ${by} ${bx - 6} ${by}`;
};
const isTyping = target => /^(input|textarea|select)$/i.test(target?.tagName ?? "");

/** Where the page has gone on meanwhile there is nothing to edit. */
export function start(root, server) { return root ? new Editor(root, server) : { stop() { } }; }

class Editor {
    #root; #server; #view = { x: 0, y: 0, scale: 1 }; #drag = null; #abort = new AbortController(); #list = null; #ghost = null; #fitted = false; #leaving = false;

    constructor(root, server) {
        this.#root = root;
        this.#server = server;
        const signal = this.#abort.signal, on = (target, name, handler, options) => target.addEventListener(name, handler, { signal, ...options });
        on(root, "pointerdown", this.#down);
        on(document, "pointermove", this.#move);
        on(document, "pointerup", this.#up);
        on(document, "pointercancel", this.#cancel);
        on(root, "wheel", this.#wheel, { passive: false });
        on(root, "click", this.#click);
        on(root, "focusin", this.#focusin);
        on(root, "keydown", this.#key);
        on(document, "keydown", this.#anywhere);
        on(document, "copy", this.#copy);
        on(document, "cut", this.#copy);
        on(document, "paste", this.#paste);
        on(document, "pointerdown", this.#palette);
        on(document, "input", this.#typed);
        on(document, "keydown", this.#choose, { capture: true });
        on(document, "focusout", () => setTimeout(() => { if (document.activeElement !== this.#list?.field) this.#close(); }, 150));
        on(document, "click", this.#leave, { capture: true });
        on(window, "beforeunload", event => { if (this.#isDirty && !this.#leaving) event.preventDefault(); });
        on(window, "resize", () => this.#draw());
        this.#fit(readable);
    }

    stop() { this.#abort.abort(); this.#close(); this.#ghost?.remove(); }

    get #svg() { return this.#root.querySelector("[data-canvas]"); }
    get #isDirty() { return "dirty" in this.#root.dataset; }
    #nodes() { return [...this.#root.querySelectorAll("[data-node]")]; }
    #group(id) { return this.#root.querySelector(`[data-node="${CSS.escape(id)}"]`)?.parentElement; }
    #selected() { return this.#nodes().filter(n => n.getAttribute("aria-pressed") === "true").map(n => n.dataset.node); }
    #at(event) { const box = this.#svg.getBoundingClientRect(); return { x: this.#view.x + (event.clientX - box.left) / this.#view.scale, y: this.#view.y + (event.clientY - box.top) / this.#view.scale }; }
    #draw() { this.#root.querySelector("[data-view]").setAttribute("transform", `scale(${this.#view.scale}) translate(${-this.#view.x} ${-this.#view.y})`); }

    /** Shows the whole graph, or from its beginning on what fits at the least scale. */
    #fit(least) {
        const places = this.#nodes().map(n => { const [x, y] = n.parentElement.dataset.place.split(" ").map(Number); return { x, y, height: Number(n.dataset.height) }; });
        const box = this.#svg.getBoundingClientRect();
        this.#fitted = places.length > 0;
        if (!places.length) { this.#view = { x: -40, y: -40, scale: 1 }; return this.#draw(); }
        const left = Math.min(...places.map(p => p.x)) - 40, top = Math.min(...places.map(p => p.y)) - 40;
        const width = Math.max(...places.map(p => p.x)) + 236 - left, height = Math.max(...places.map(p => p.y + p.height)) + 40 - top;
        const scale = Math.max(least, Math.min(1.1, box.width / width, box.height / height));
        const first = places.reduce((a, b) => b.x < a.x ? b : a), [w, h] = [box.width / scale, box.height / scale];
        this.#view = { scale, x: w < width ? left : left - (w - width) / 2, y: h < height ? Math.max(top, first.y - h / 2) : top - (h - height) / 2 };
        this.#draw();
    }

    #zoom(factor, event) {
        const box = this.#svg.getBoundingClientRect(), px = (event?.clientX ?? box.left + box.width / 2) - box.left, py = (event?.clientY ?? box.top + box.height / 2) - box.top;
        const scale = Math.min(maxScale, Math.max(minScale, this.#view.scale * factor));
        this.#view.x += px / this.#view.scale - px / scale;
        this.#view.y += py / this.#view.scale - py / scale;
        this.#view.scale = scale;
        this.#draw();
    }

    #wheel = event => {
        if (!event.ctrlKey && !event.metaKey && !this.#root.contains(document.activeElement)) return;
        event.preventDefault();
        this.#zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * (event.deltaMode === 1 ? 16 : 1))) * 0.002), event);
    };

    #click = event => {
        const zoom = event.target.closest("[data-zoom]")?.dataset.zoom;
        if (zoom === "in") this.#zoom(1.25);
        if (zoom === "out") this.#zoom(0.8);
        if (zoom === "fit") this.#fit(minScale);
    };

    /** Links of the product are followed without the browser asking, so that it is asked here. */
    #leave = event => {
        const link = event.target.closest?.("a[href]");
        if (!link || !this.#isDirty || link.target || link.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
        this.#leaving = confirm("Leave without saving? What you changed would be lost.");
        if (this.#leaving) return;
        event.preventDefault();
        event.stopPropagation();
    };

    #down = event => {
        if (event.button > 0 || !event.target.closest("[data-canvas]")) return;
        const at = this.#at(event), port = event.target.closest("[data-port]"), node = event.target.closest("[data-node]"), edge = event.target.closest("[data-edge]");
        if (port) {
            const from = port.parentElement.querySelector("[data-node]").dataset.node, circle = port.querySelector("circle"), [x, y] = port.parentElement.dataset.place.split(" ").map(Number);
            this.#drag = { kind: "wire", from, port: port.dataset.port, x: x + Number(circle.getAttribute("cx")), y: y + Number(circle.getAttribute("cy")) };
        } else if (node) {
            const id = node.dataset.node, selected = this.#selected();
            if (event.shiftKey || event.ctrlKey || event.metaKey) this.#server.invokeMethodAsync("Select", selected.includes(id) ? selected.filter(s => s !== id) : [...selected, id], null);
            else if (!selected.includes(id)) this.#server.invokeMethodAsync("Select", [id], null);
            const ids = selected.includes(id) ? selected : [id];
            this.#drag = { kind: "nodes", ids, x: at.x, y: at.y, dx: 0, dy: 0, id, only: selected.length > 1 && selected.includes(id) && !event.shiftKey && !event.ctrlKey };
        } else if (edge) {
            this.#server.invokeMethodAsync("Select", [], Number(edge.dataset.edge));
            this.#drag = { kind: "none" };
        } else {
            this.#drag = event.shiftKey ? { kind: "marquee", x: at.x, y: at.y } : { kind: "pan", clientX: event.clientX, clientY: event.clientY, x: this.#view.x, y: this.#view.y, far: false };
        }
        if (this.#drag.kind !== "nodes" && this.#drag.kind !== "none") event.preventDefault();
        if (!node && !edge) this.#svg.focus({ preventScroll: true });
    };

    #move = event => {
        const drag = this.#drag;
        if (!drag) return;
        if (drag.kind === "ghost") {
            this.#ghost.style.left = event.clientX + 8 + "px";
            this.#ghost.style.top = event.clientY + 8 + "px";
            if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 6) { drag.far = true; this.#ghost.hidden = false; }
            return;
        }
        const at = this.#at(event);
        if (drag.kind === "pan") {
            drag.far ||= Math.hypot(event.clientX - drag.clientX, event.clientY - drag.clientY) > 4;
            this.#view.x = drag.x - (event.clientX - drag.clientX) / this.#view.scale;
            this.#view.y = drag.y - (event.clientY - drag.clientY) / this.#view.scale;
            this.#draw();
        } else if (drag.kind === "nodes") {
            drag.dx = at.x - drag.x;
            drag.dy = at.y - drag.y;
            if (Math.hypot(drag.dx, drag.dy) * this.#view.scale > 3) drag.far = true;
            if (drag.far) this.#shift(drag.ids, drag.dx, drag.dy);
        } else if (drag.kind === "wire") {
            this.#root.querySelector("[data-wire]").setAttribute("d", curve(drag.x, drag.y, at.x, at.y, drag.port === "!"));
            const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]");
            for (const other of this.#root.querySelectorAll(".ed-target")) other.classList.remove("ed-target");
            if (over && over.dataset.node !== drag.from) over.parentElement.classList.add("ed-target");
        } else if (drag.kind === "marquee") {
            const rect = this.#root.querySelector("[data-marquee]");
            rect.setAttribute("x", Math.min(at.x, drag.x)); rect.setAttribute("y", Math.min(at.y, drag.y));
            rect.setAttribute("width", Math.abs(at.x - drag.x)); rect.setAttribute("height", Math.abs(at.y - drag.y));
        }
    };

    #up = event => {
        const drag = this.#drag;
        this.#drag = null;
        if (!drag) return;
        if (drag.kind === "ghost") {
            this.#ghost.remove();
            const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-canvas]");
            if (drag.far && over) { const at = this.#at(event); this.#fitted = true; this.#server.invokeMethodAsync("AddAsync", drag.type, at.x, at.y); }
            if (drag.far) document.addEventListener("click", e => { e.stopPropagation(); e.preventDefault(); }, { capture: true, once: true, signal: AbortSignal.timeout(50) });
        } else if (drag.kind === "nodes") {
            if (drag.far) this.#server.invokeMethodAsync("Move", drag.ids, drag.dx, drag.dy, false);
            else if (drag.only) this.#server.invokeMethodAsync("Select", [drag.id], null);
        } else if (drag.kind === "wire") {
            this.#root.querySelector("[data-wire]").removeAttribute("d");
            for (const other of this.#root.querySelectorAll(".ed-target")) other.classList.remove("ed-target");
            const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-node]");
            if (over) this.#server.invokeMethodAsync("Connect", drag.from, drag.port, over.dataset.node);
        } else if (drag.kind === "marquee") {
            const rect = this.#root.querySelector("[data-marquee]"), at = this.#at(event);
            for (const name of ["x", "y", "width", "height"]) rect.removeAttribute(name);
            const [x1, x2, y1, y2] = [Math.min(at.x, drag.x), Math.max(at.x, drag.x), Math.min(at.y, drag.y), Math.max(at.y, drag.y)];
            const inside = this.#nodes().filter(n => { const [x, y] = n.parentElement.dataset.place.split(" ").map(Number); return x < x2 && x + 196 > x1 && y < y2 && y + 56 > y1; });
            this.#server.invokeMethodAsync("Select", inside.map(n => n.dataset.node), null);
        } else if (drag.kind === "pan" && !drag.far) {
            this.#server.invokeMethodAsync("Select", [], null);
        }
    };

    #cancel = () => { if (this.#drag?.kind === "nodes") this.#shift(this.#drag.ids, 0, 0); this.#ghost?.remove(); this.#drag = null; };

    #shift(ids, dx, dy) {
        const moved = new Set(ids);
        for (const id of ids) {
            const group = this.#group(id);
            if (!group) continue;
            const [x, y] = group.dataset.place.split(" ").map(Number);
            group.setAttribute("transform", `translate(${x + dx} ${y + dy})`);
        }
        for (const edge of this.#root.querySelectorAll("[data-edge]")) {
            const from = moved.has(edge.dataset.from), to = moved.has(edge.dataset.to);
            if (!from && !to) continue;
            let [ax, ay, bx, by] = edge.dataset.ends.split(" ").map(Number);
            if (from) { ax += dx; ay += dy; }
            if (to) { bx += dx; by += dy; }
            const [hit, line, head] = edge.children, path = curve(ax, ay, bx, by, "error" in edge.dataset);
            hit.setAttribute("d", path); line.setAttribute("d", path); head.setAttribute("d", `M${bx} ${by}l-9 -4.5v9z`);
        }
    }

    #palette = event => {
        const type = event.target.closest?.("[data-type]");
        if (!type || event.button > 0 || event.pointerType === "touch") return;
        this.#ghost = document.createElement("div");
        this.#ghost.className = "ed-ghost";
        this.#ghost.textContent = type.textContent;
        this.#ghost.hidden = true;
        document.body.append(this.#ghost);
        this.#drag = { kind: "ghost", type: type.dataset.type, x: event.clientX, y: event.clientY, far: false };
    };

    #focusin = event => {
        if (this.#drag) return;
        const node = event.target.closest("[data-node]"), edge = event.target.closest("[data-edge]");
        if (node && !this.#selected().includes(node.dataset.node)) this.#server.invokeMethodAsync("Select", [node.dataset.node], null);
        if (edge) this.#server.invokeMethodAsync("Select", [], Number(edge.dataset.edge));
        if (node) this.#reveal(node);
    };

    #reveal(node) {
        const box = node.getBoundingClientRect(), view = this.#svg.getBoundingClientRect();
        const dx = box.left < view.left ? box.left - view.left - 20 : box.right > view.right ? box.right - view.right + 20 : 0;
        const dy = box.top < view.top ? box.top - view.top - 20 : box.bottom > view.bottom ? box.bottom - view.bottom + 20 : 0;
        if (dx || dy) { this.#view.x += dx / this.#view.scale; this.#view.y += dy / this.#view.scale; this.#draw(); }
    }

    #key = event => {
        if (isTyping(event.target) || !event.target.closest("[data-canvas]")) return;
        // What has the focus is meant, also where a key took the selection away.
        const node = event.target.closest("[data-node]")?.dataset.node;
        if (node && event.key !== "Escape" && !this.#selected().includes(node)) this.#server.invokeMethodAsync("Select", [node], null);
        const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key], control = event.ctrlKey || event.metaKey;
        const commands = { Delete: "delete", Backspace: "delete", Escape: "escape", Enter: "enter", c: "connect", C: "connect" };
        if (arrows) {
            const selected = this.#selected(), ids = node && !selected.includes(node) ? [node] : selected, far = event.shiftKey ? 50 : 10;
            if (ids.length) this.#server.invokeMethodAsync("Move", ids, arrows[0] * far, arrows[1] * far, true);
            else { this.#view.x += arrows[0] * 60; this.#view.y += arrows[1] * 60; this.#draw(); }
        } else if (control && event.key.toLowerCase() === "a") this.#server.invokeMethodAsync("KeyAsync", "all");
        else if (!control && commands[event.key]) this.#server.invokeMethodAsync("KeyAsync", commands[event.key]);
        else if (!control && (event.key === "+" || event.key === "=")) this.#zoom(1.25);
        else if (!control && event.key === "-") this.#zoom(0.8);
        else if (!control && event.key === "0") this.#fit(minScale);
        else return;
        event.preventDefault();
    };

    #anywhere = event => {
        if (!event.ctrlKey && !event.metaKey || event.altKey) return;
        const key = event.key.toLowerCase();
        const command = key === "s" ? "save" : isTyping(event.target) ? null : key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
        if (!command) return;
        event.preventDefault();
        this.#server.invokeMethodAsync("KeyAsync", command);
    };

    #copy = async event => {
        if (isTyping(event.target) || !this.#root.contains(document.activeElement) || !this.#selected().length) return;
        event.preventDefault();
        const text = await this.#server.invokeMethodAsync("Copy");
        if (text) await navigator.clipboard?.writeText(text).catch(() => { /* the server keeps a copy */ });
        if (event.type === "cut") await this.#server.invokeMethodAsync("KeyAsync", "delete");
    };

    #paste = event => {
        if (isTyping(event.target) || !this.#root.contains(document.activeElement)) return;
        event.preventDefault();
        this.#server.invokeMethodAsync("Paste", event.clipboardData?.getData("text/plain") ?? "");
    };

    /** Puts the writer into a field, or onto a node. What is to be shown may still be on its way. */
    focus(id, tries = 20) {
        const element = id === "canvas" ? this.#svg : id === "field" ? document.querySelector('[id^="field/"]')
            : id.startsWith("node:") ? this.#root.querySelector(`[data-node="${CSS.escape(id.slice(5))}"]`) : document.getElementById(id);
        if (!element) {
            if (tries > 0) setTimeout(() => this.focus(id, tries - 1), 30);
            // What has no field of its own is in the one around it.
            else if (id.startsWith("field/")) this.focus(id.slice(0, id.lastIndexOf("/")), 1);
            return;
        }
        for (let details = element.closest("details"); details; details = details.parentElement?.closest("details")) details.open = true;
        if (!this.#fitted) this.#fit(readable);
        element.focus({ preventScroll: element === this.#svg });
        if (!id.startsWith("node:") && element !== this.#svg) element.scrollIntoView({ block: "nearest" });
    }

    /** The address of what is open, from its first save on. */
    address(path) { history.replaceState(history.state, "", path); }

    download(name, text) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }

    // Completion: the server knows what may come next, the list is the browser's.
    #typed = async event => {
        const field = event.target;
        if (!field.matches?.("[data-expression]") || !field.value.includes("{{")) return this.#close();
        const caret = field.selectionStart, text = field.value;
        const found = await this.#server.invokeMethodAsync("Suggest", text, caret);
        if (document.activeElement !== field || field.value !== text) return;
        this.#close();
        if (!found) return;
        const list = document.createElement("ul");
        list.className = "ed-completion";
        list.id = "ed-completion";
        list.setAttribute("role", "listbox");
        list.setAttribute("aria-label", "Suggestions");
        found.items.forEach((item, index) => {
            const entry = document.createElement("li"), label = document.createElement("code"), about = document.createElement("span");
            entry.id = `ed-completion-${index}`;
            entry.setAttribute("role", "option");
            label.textContent = item.label;
            about.textContent = item.about;
            entry.append(label, about);
            entry.addEventListener("pointerdown", e => { e.preventDefault(); this.#take(index); });
            list.append(entry);
        });
        const box = field.getBoundingClientRect();
        document.body.append(list);
        list.style.left = Math.max(4, Math.min(box.left, innerWidth - list.offsetWidth - 8)) + "px";
        list.style.top = (box.bottom + list.offsetHeight + 4 > innerHeight ? Math.max(4, box.top - list.offsetHeight - 4) : box.bottom + 4) + "px";
        field.setAttribute("aria-controls", list.id);
        this.#list = { list, field, found, index: 0 };
        this.#mark(0);
    };

    #mark(index) {
        const open = this.#list;
        open.index = (index + open.found.items.length) % open.found.items.length;
        [...open.list.children].forEach((entry, i) => entry.setAttribute("aria-selected", i === open.index ? "true" : "false"));
        open.list.children[open.index].scrollIntoView({ block: "nearest" });
        open.field.setAttribute("aria-activedescendant", `ed-completion-${open.index}`);
    }

    #take(index) {
        const { field, found } = this.#list, item = found.items[index], start = item.brackets ? found.dot : found.start;
        this.#close();
        field.setRangeText(item.insert, start, found.end, "end");
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
    }

    #choose = event => {
        if (!this.#list || event.target !== this.#list.field) return;
        if (event.key === "ArrowDown") this.#mark(this.#list.index + 1);
        else if (event.key === "ArrowUp") this.#mark(this.#list.index - 1);
        else if (event.key === "Enter" || event.key === "Tab") this.#take(this.#list.index);
        else if (event.key === "Escape") this.#close();
        else return;
        event.preventDefault();
        event.stopPropagation();
    };

    #close() {
        if (!this.#list) return;
        this.#list.list.remove();
        this.#list.field.removeAttribute("aria-activedescendant");
        this.#list.field.removeAttribute("aria-controls");
        this.#list = null;
    }
}
