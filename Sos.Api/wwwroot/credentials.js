/** What is typed into the fields of secrets, by their names; empty ones are left out. */
export const secrets = form => Object.fromEntries([...form.querySelectorAll("input[data-secret]")].filter(field => field.value).map(field => [field.dataset.secret, field.value]));
