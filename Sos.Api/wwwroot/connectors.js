/** What is in a text field, whatever its length. */
export const text = id => new Blob([document.getElementById(id)?.value ?? ""]);
