const locale = typeof navigator === 'undefined' ? 'en' : navigator.language

/** `500, 'usd'` → `$5.00`; parts of a hundredth show as a third digit: `$0.083`. */
export function formatMoney(cents: number, currency: string): string {
  const style = { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: 3 } as const
  return new Intl.NumberFormat(locale, style).format(cents / 100)
}
