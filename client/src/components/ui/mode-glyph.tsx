const glyphs: Record<string, string> = {
  style: 'M3 3.5h5v5H3zM12 3.5h5v5h-5zM7.5 12.5h5v5h-5zM5.5 8.5 9 12.5M14.5 8.5 11 12.5',
  remix: 'M3 6.5h10.5V17H3zM6.5 6.5V3H17v10.5h-3.5',
  inpaint:
    'M3 5.5V3h2.5M8.5 3h3M14.5 3H17v2.5M17 8.5v3M17 14.5V17h-2.5M11.5 17h-3M5.5 17H3v-2.5M3 11.5v-3M6.5 13.5 13.5 6.5',
  tonic: 'M7.5 3h5M8.5 3v4.5l-4 7A1.7 1.7 0 0 0 6 17h8a1.7 1.7 0 0 0 1.5-2.5l-4-7V3M6 12.5h8',
  mashup: 'M2.7 10a4.8 4.8 0 1 0 9.6 0 4.8 4.8 0 1 0-9.6 0M7.7 10a4.8 4.8 0 1 0 9.6 0 4.8 4.8 0 1 0-9.6 0',
}

/** The drawn sign of a mode; a mode without one shows none. */
export function ModeGlyph({ mode }: { mode: string }) {
  const path = glyphs[mode]
  if (!path) return null
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeLinejoin="round" aria-hidden>
      <path d={path} />
    </svg>
  )
}
