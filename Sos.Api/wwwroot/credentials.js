// Secrets are typed here and go nowhere until the form is saved.

/** What is typed into the fields of secrets, by their names; empty ones are left out. */
export const secrets = form => Object.fromEntries([...form.querySelectorAll("[data-secret]:enabled")].filter(field => field.value).map(field => [field.dataset.secret, field.value]));

/** Lets secrets have several lines: by a button, and where such a text is pasted or dropped, which a field of one line would join. */
export function start(form) {
    form?.addEventListener("click", event => {
        const button = event.target.closest("[data-several]");
        if (button) turn(fieldOf(button), button.getAttribute("aria-pressed") !== "true");
    });
    form?.addEventListener("input", event => { if (event.target.matches("textarea[data-secret]")) check(fieldOf(event.target)); });
    form?.addEventListener("paste", event => insert(event, event.clipboardData, event.target.selectionStart, event.target.selectionEnd));
    form?.addEventListener("drop", event => insert(event, event.dataTransfer, event.target.value?.length, event.target.value?.length));
}

function fieldOf(element) {
    const field = element.closest(".field");
    return { input: field.querySelector("input[data-secret]"), lines: field.querySelector("textarea[data-secret]"), label: field.querySelector("label"), button: field.querySelector("[data-several]") };
}

function insert(event, data, from, to) {
    if (!event.target.matches("input[data-secret]")) return;
    const text = (data?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n"), field = fieldOf(event.target), now = field.input.value;
    const whole = now.slice(0, from) + text + now.slice(to);
    // A line break around a single line is not part of it; what is too long would be cut off.
    if (!text.trim().includes("\n") && whole.trim().length <= field.input.maxLength) return;
    event.preventDefault();
    field.input.value = "";
    turn(field, true, whole);
}

function turn(field, several, text) {
    const [from, to] = several ? [field.input, field.lines] : [field.lines, field.input];
    to.value = text ?? from.value;
    from.value = "";
    from.hidden = from.disabled = true;
    to.hidden = to.disabled = false;
    field.label.htmlFor = to.id;
    field.button?.setAttribute("aria-pressed", several);
    check(field);
    to.focus();
}

function check({ input, lines, button }) {
    const most = input.maxLength, length = lines.value.length;
    lines.setCustomValidity(length > most ? `A secret may have ${most.toLocaleString("en")} characters; this has ${length.toLocaleString("en")}.` : "");
    // One line could not hold them.
    if (button) button.disabled = lines.value.includes("\n");
}
