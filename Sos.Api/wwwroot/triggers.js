/** The viewer's time zone by its IANA name. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? null;
