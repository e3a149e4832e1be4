// Panning, zooming and the arrow keys of graphs. The graph itself is drawn by the server; this only moves the view over it.

const minScale = 0.05, maxScale = 2.5, fitScale = 1.1, legibleScale = 0.7, step = 1.25, padding = 12, settleMs = 120;

class Graph extends HTMLElement {
    static observedAttributes = ["data-size"];
    #view = null;          // x, y of the upper left corner and the scale
    #moved = false;        // by the viewer: from then on the view stays where it was put
    #drawn = null;         // the view that the picture was last drawn for
    #settling = 0;
    #frame = 0;
    #drag = null;
    #pointers = new Map();
    #resize = new ResizeObserver(() => this.#moved ? this.#draw() : this.fit());

    connectedCallback() {
        this.addEventListener("wheel", this.#onWheel, { passive: false });
        this.addEventListener("pointerdown", this.#onDown);
        this.addEventListener("pointermove", this.#onMove);
        this.addEventListener("pointerup", this.#onUp);
        this.addEventListener("pointercancel", this.#onUp);
        this.addEventListener("click", this.#onClick, true);
        this.addEventListener("keydown", this.#onKey);
        this.addEventListener("focusin", this.#onFocus);
        this.#resize.observe(this);
    }
    disconnectedCallback() { this.#resize.disconnect(); cancelAnimationFrame(this.#frame); clearTimeout(this.#settling); }
    attributeChangedCallback() { if (this.isConnected && this.#view) queueMicrotask(() => this.#moved ? this.#draw() : this.fit()); }

    get #svg() { return this.querySelector("[data-graph-canvas]"); }
    get #size() { const [width, height] = (this.dataset.size ?? "").split(" ").map(Number); return { width: width || 1, height: height || 1 }; }

    /** Shows all of it; at first only its beginning where all would be too small to read on a narrow screen. */
    fit(whole = false) {
        const { width, height } = this.#size, box = this.#place;
        if (!box.width || !box.height) return;
        let scale = Math.max(minScale, Math.min(fitScale, (box.width - 2 * padding) / width, (box.height - 2 * padding) / height));
        const begins = !whole && box.width < 700 && scale < legibleScale;
        if (begins) scale = legibleScale;
        this.#view = { scale, x: begins ? 0 : (width - box.width / scale) / 2, y: (height - box.height / scale) / 2 };
        this.#moved = false;
        this.#draw();
    }

    /** Brings a node into view. */
    show(id) {
        const node = this.querySelector(`[data-node="${CSS.escape(id)}"]`);
        if (node) this.#reveal(node);
    }

    #draw() {
        if (!this.#view) return this.fit();
        cancelAnimationFrame(this.#frame);
        clearTimeout(this.#settling);
        this.#frame = requestAnimationFrame(() => {
            const svg = this.#svg, { x, y, scale } = this.#view;
            if (!svg) return;
            svg.setAttribute("viewBox", `${x} ${y} ${svg.clientWidth / scale} ${svg.clientHeight / scale}`);
            svg.style.transform = svg.style.willChange = svg.querySelector("[data-graph-view]").style.transform = "";
            this.removeAttribute("data-moving");
            this.toggleAttribute("data-far", scale < 0.45);
            this.toggleAttribute("data-farther", scale < 0.2);
            this.#drawn = { ...this.#view };
        });
    }

    /** While it moves, the browser moves the picture that it has; a large graph drawn anew for each frame would stutter. */
    #glide() {
        if (!this.#drawn) return this.#draw();
        cancelAnimationFrame(this.#frame);
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#draw(), settleMs);
        this.toggleAttribute("data-moving", true);
        this.#frame = requestAnimationFrame(() => {
            const svg = this.#svg, { x, y, scale } = this.#view, drawn = this.#drawn;
            if (!svg) return;
            const { width, height } = this.#size, grown = scale / drawn.scale;
            // A picture of which little is in sight would have to be made whole: then what is in it moves, and what is in sight is drawn.
            if (width * scale > 2 * this.clientWidth || height * scale > 2 * this.clientHeight) {
                svg.style.transform = svg.style.willChange = "";
                svg.querySelector("[data-graph-view]").style.transform = `translate(${drawn.x - x * grown}px, ${drawn.y - y * grown}px) scale(${grown})`;
                return;
            }
            svg.querySelector("[data-graph-view]").style.transform = "";
            svg.style.willChange = "transform";
            svg.style.transform = `translate(${(drawn.x - x) * scale}px, ${(drawn.y - y) * scale}px) scale(${scale / drawn.scale})`;
        });
    }

    /** Where the picture is on the screen, however it is moved. */
    get #place() {
        const box = this.getBoundingClientRect();
        return { left: box.left + this.clientLeft, top: box.top + this.clientTop, width: this.clientWidth, height: this.clientHeight };
    }

    #pan(dx, dy) {
        if (!this.#view) this.fit();
        this.#view.x += dx / this.#view.scale;
        this.#view.y += dy / this.#view.scale;
        this.#moved = true;
        this.#glide();
    }

    #zoom(factor, clientX, clientY) {
        if (!this.#view) this.fit();
        const box = this.#place, view = this.#view;
        const px = (clientX ?? box.left + box.width / 2) - box.left, py = (clientY ?? box.top + box.height / 2) - box.top;
        const scale = Math.min(maxScale, Math.max(minScale, view.scale * factor));
        view.x += px / view.scale - px / scale;
        view.y += py / view.scale - py / scale;
        view.scale = scale;
        this.#moved = true;
        this.#glide();
    }

    // The wheel scrolls the page until the graph is in use: then it zooms, as it does with the control key at once.
    #onWheel = event => {
        if (!event.ctrlKey && !event.metaKey && !this.contains(document.activeElement)) return;
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 16 : 1;
        // With the shift key browsers report the wheel as sideways.
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.#pan((event.deltaX || event.deltaY) * lines, 0);
        else this.#zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.002), event.clientX, event.clientY);
    };

    #onDown = event => {
        if (event.button > 1 || event.target.closest(".graph-tools")) return;
        this.#pointers.set(event.pointerId, event);
        this.#drag = { x: event.clientX, y: event.clientY, far: false };
    };
    #onMove = event => {
        if (!this.#pointers.has(event.pointerId)) return;
        const others = [...this.#pointers.values()].filter(p => p.pointerId !== event.pointerId);
        const before = this.#pointers.get(event.pointerId);
        this.#pointers.set(event.pointerId, event);
        if (others.length === 1) {
            const [other] = others, distance = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
            this.#drag.far = true;
            this.#zoom(distance(event, other) / Math.max(1, distance(before, other)), (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
            return;
        }
        if (!this.#drag.far && Math.hypot(event.clientX - this.#drag.x, event.clientY - this.#drag.y) < 5) return;
        if (!this.#drag.far) { this.#drag.far = true; this.setPointerCapture(event.pointerId); this.toggleAttribute("data-dragging", true); }
        this.#pan(before.clientX - event.clientX, before.clientY - event.clientY);
    };
    #onUp = event => {
        this.#pointers.delete(event.pointerId);
        this.removeAttribute("data-dragging");
    };

    #onClick = event => {
        if (this.#drag?.far && event.detail > 0) { event.stopPropagation(); event.preventDefault(); this.#drag = null; return; }
        const tool = event.target.closest("[data-graph]")?.dataset.graph;
        if (tool === "in") this.#zoom(step);
        if (tool === "out") this.#zoom(1 / step);
        if (tool === "fit") this.fit(true);
    };

    #onKey = event => {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
        const direction = directions[event.key];
        const node = event.target.closest?.("[data-node]");
        if (direction && node) this.#step(node, direction);
        else if (direction && event.target === this.#svg) this.#pan(direction[0] * 60, direction[1] * 60);
        else if (event.key === "+" || event.key === "=") this.#zoom(step);
        else if (event.key === "-") this.#zoom(1 / step);
        else if (event.key === "0") this.fit(true);
        else if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("[data-node],[data-toggle]"))
            event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        else return;
        event.preventDefault();
    };

    #box(node) { const [x, y, width, height] = node.dataset.box.split(" ").map(Number); return { x: x + width / 2, y: y + height / 2, width, height }; }

    /** To the nearest node in a direction; what lies straight ahead counts as nearer. */
    #step(from, [dx, dy]) {
        const a = this.#box(from);
        let best = null, least = Infinity;
        for (const node of this.querySelectorAll("[data-node]")) {
            if (node === from) continue;
            const b = this.#box(node), along = (b.x - a.x) * dx + (b.y - a.y) * dy, aside = Math.abs((b.x - a.x) * dy) + Math.abs((b.y - a.y) * dx);
            if (along <= 1) continue;
            const cost = along + aside * 2.5;
            if (cost < least) { least = cost; best = node; }
        }
        best?.focus();
    }

    #onFocus = event => {
        const node = event.target.closest?.("[data-node]");
        if (!node) return;
        for (const other of this.querySelectorAll('[data-node][tabindex="0"]')) if (other !== node) other.setAttribute("tabindex", "-1");
        node.setAttribute("tabindex", "0");
        if (!this.#pointers.size) this.#reveal(node);
    };

    #reveal(node) {
        const box = this.#box(node), svg = this.#place;
        if (!this.#view) this.fit();
        const view = this.#view, width = svg.width / view.scale, height = svg.height / view.scale, room = 24;
        const overRight = box.x + box.width / 2 + room - (view.x + width), overLeft = view.x - (box.x - box.width / 2 - room);
        const overBottom = box.y + box.height / 2 + room - (view.y + height), overTop = view.y - (box.y - box.height / 2 - room);
        const dx = overLeft > 0 ? -overLeft : Math.max(0, overRight), dy = overTop > 0 ? -overTop : Math.max(0, overBottom);
        if (dx || dy) this.#pan(dx * view.scale, dy * view.scale);
    }
}
if (!customElements.get("sos-graph")) customElements.define("sos-graph", Graph);
