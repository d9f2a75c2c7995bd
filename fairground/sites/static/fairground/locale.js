/* The page's language, for Intl. Browsers of other ages write Arabic numbers in other digits; the server writes those of
   CLDR 47, which for all our languages are these. */

export const locale = new Intl.Locale(document.documentElement.lang || "en", { numberingSystem: "latn" });

/* Whole numbers; those of four digits are grouped in Spanish too, as shops and our server write them. */
export const grouped = { useGrouping: "always" };
export const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, ...grouped });

/* After money among words that run from the right: it keeps a symbol such as US$ in its order, and has no width. */
export const LEFT_TO_RIGHT = "\u200e";
