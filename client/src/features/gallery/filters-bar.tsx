import { Brush, Heart, Search, Trash2, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { houseStyles, noStyle } from '#shared/gallery/rules.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { cleared, dateOf, datePresets, daysOf, isNarrowed, isPreset } from './core/filters.ts'
import type { GallerySearch } from './core/filters.ts'

const copy = copyGallery.filters
/** Typing rests this long before it searches, ms. */
const restMs = 250

type Mode = { key: string; title: string }
type FiltersProps = {
  search: GallerySearch
  modes: readonly Mode[]
  /** null until they are known. */
  counts: { matching: number; total: number } | null
  onChange: (search: GallerySearch) => void
}

type Change = { [Key in keyof GallerySearch]: GallerySearch[Key] | undefined }

function changed(search: GallerySearch, change: Change): GallerySearch {
  const next = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(next)
}

function SearchField({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(value)
  const sent = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    // The address changed by itself: a step back, a cleared filter.
    if (value !== sent.current) setTyped(value)
    sent.current = value
  }, [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  const send = (text: string) => {
    clearTimeout(timer.current)
    sent.current = text.trim()
    onSearch(text.trim())
  }
  return (
    <search className="search">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send(typed)
        }}
      >
        <Search className="i" aria-hidden />
        <input
          className="field"
          type="search"
          value={typed}
          placeholder={copy.text}
          aria-label={copy.text}
          maxLength={200}
          onChange={({ target }) => {
            setTyped(target.value)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => send(target.value), restMs)
          }}
        />
      </form>
    </search>
  )
}

function Choice(props: { label: string; value: string; options: readonly Mode[]; onChange: (value: string) => void }) {
  const { label, value, options, onChange } = props
  return (
    <label className="choice">
      <span>{label}:</span>
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map(({ key, title }) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </label>
  )
}

function DateFilter({ search, onChange }: Pick<FiltersProps, 'search' | 'onChange'>) {
  const [choosing, setChoosing] = useState(false)
  const { date } = search
  const custom = date !== undefined && !isPreset(date)
  const range = daysOf(date)
  const options = [
    { key: '', title: copy.anyDate },
    ...datePresets.map((key) => ({ key: key as string, title: copy.dates[key] })),
    { key: 'days', title: custom ? copy.chosen : copy.choose },
  ]
  const set = (next: string | undefined) => onChange(changed(search, { date: next }))
  return (
    <>
      <Choice
        label={copy.date}
        value={choosing || custom ? 'days' : (date ?? '')}
        options={options}
        onChange={(value) => {
          setChoosing(value === 'days')
          if (value !== 'days') set(value === '' ? undefined : value)
        }}
      />
      {(choosing || custom) &&
        (['from', 'to'] as const).map((edge) => (
          <label key={edge} className="choice day">
            <span>{copy[edge]}</span>
            <input
              type="date"
              value={range[edge] === '1970-01-01' ? '' : range[edge]}
              onChange={({ target }) => set(dateOf({ ...range, [edge]: target.value }))}
            />
          </label>
        ))}
    </>
  )
}

/** What narrows the wall, all of it in the address. */
export function FiltersBar({ search, modes, counts, onChange }: FiltersProps) {
  const styles = modes.filter(({ key }) => houseStyles.includes(key))
  const modeOptions = [{ key: '', title: copy.allModes }, ...modes]
  const styleOptions = [{ key: '', title: copy.anyStyle }, ...styles, { key: noStyle, title: copy.noStyle }]
  const set = (change: Change) => onChange(changed(search, change))
  return (
    <section className="filters" aria-label={copy.label}>
      <SearchField value={search.text ?? ''} onSearch={(text) => set({ text: text === '' ? undefined : text })} />
      <Choice
        label={copy.mode}
        value={search.mode ?? ''}
        options={modeOptions}
        onChange={(mode) => set({ mode: mode === '' ? undefined : mode })}
      />
      <DateFilter search={search} onChange={onChange} />
      {styles.length > 0 && (
        <Choice
          label={copy.style}
          value={search.style ?? ''}
          options={styleOptions}
          onChange={(style) => set({ style: style === '' ? undefined : style })}
        />
      )}
      <button
        type="button"
        className="choice"
        aria-pressed={search.favourite === true}
        onClick={() => set({ favourite: search.favourite ? undefined : true })}
      >
        <Heart className="i" aria-hidden />
        {copy.favourites}
      </button>
      <button
        type="button"
        className="choice"
        aria-pressed={search.masked === true}
        onClick={() => set({ masked: search.masked ? undefined : true })}
      >
        <Brush className="i" aria-hidden />
        {copy.masked}
      </button>
      {isNarrowed(search) && (
        <button type="button" className="choice" onClick={() => onChange(cleared(search))}>
          <X className="i" aria-hidden />
          {copy.clear}
        </button>
      )}
      <button
        type="button"
        className="choice"
        aria-pressed={search.deleted === true}
        onClick={() => onChange(search.deleted ? {} : { deleted: true })}
      >
        <Trash2 className="i" aria-hidden />
        {copy.deleted}
      </button>
      <output className="count">{counts && copyGallery.count(counts.matching, counts.total)}</output>
    </section>
  )
}
