import { Link } from '@tanstack/react-router'
import { CircleDashed, Keyboard } from 'lucide-react'
import { memo, useEffect, useId, useRef } from 'react'
import type { CSSProperties } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { ModeGlyph } from '#client/components/ui/mode-glyph.tsx'
import { orderModes } from './choose-mode.ts'

/** The label that nobody can miss: these pictures are made by a stand-in. */
function Engine() {
  const id = useId()
  return (
    <>
      <button type="button" className="btn quiet small engine" aria-label={copy.engine.label} popoverTarget={id}>
        <CircleDashed className="i" aria-hidden />
        <span className="only-desk">{copy.engine.label}</span>
        <span className="only-phone">{copy.engine.short}</span>
      </button>
      <div
        id={id}
        popover="auto"
        className="pop"
        style={{ '--pop-top': 'calc(var(--head) + var(--modes) - 2px)' } as CSSProperties}
      >
        <h2>{copy.engine.title}</h2>
        <p>{copy.engine.body}</p>
      </div>
    </>
  )
}

type ModesBarProps = {
  modes: readonly ModeView[]
  /** True while a stand-in renders. */
  standIn: boolean
  current: string
  /** The one that was pressed, while the page is being changed to it. */
  next: string
  onKeys: () => void
}

/** The mode that is a house style, apart from those that work in anybody's. */
const house = 'tonic'

type TabProps = { mode: ModeView; current: boolean; next: boolean; place: number }

const Tab = memo(function Tab({ mode, current, next, place }: TabProps) {
  const link = useRef<HTMLAnchorElement>(null)
  const reason = mode.unavailable === null ? null : copy.modes.unavailable[mode.unavailable]
  useEffect(() => {
    if (current) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  return (
    <Link
      ref={link}
      className={[
        'tab',
        reason === null ? '' : 'off',
        mode.key === house ? 'house' : '',
        next && !current ? 'next' : '',
      ]
        .filter(Boolean)
        .join(' ')}
      to="/studio"
      search={{ mode: mode.key }}
      aria-current={current ? 'page' : undefined}
      title={reason ?? copy.modes.summary(mode.key, mode.summary, mode.steps)}
    >
      <ModeGlyph mode={mode.key} />
      {mode.title}
      {reason === null ? (
        <kbd className="only-desk" aria-hidden>
          {place}
        </kbd>
      ) : (
        <span className="off-word">{copy.modes.off}</span>
      )}
    </Link>
  )
})

/** The modes this forge offers, what the current one does, and what renders it. */
export const ModesBar = memo(function ModesBar({ modes, standIn, current, next, onKeys }: ModesBarProps) {
  const all = orderModes(modes)
  const mode = all.find((one) => one.key === current)
  return (
    <nav className="modes" aria-label={copy.modes.label}>
      <div className="tabs">
        {all.map((one, index) => (
          <Tab key={one.key} mode={one} current={one.key === current} next={one.key === next} place={index + 1} />
        ))}
      </div>
      <div className="right">
        {standIn && <Engine />}
        {mode && (
          <span className={mode.unavailable === null ? 'what' : 'what off'}>
            {mode.unavailable === null
              ? copy.modes.summary(mode.key, mode.summary, mode.steps)
              : copy.modes.unavailable[mode.unavailable]}
          </span>
        )}
        <button
          type="button"
          className="icon only-desk"
          aria-label={copy.keys.open}
          title={copy.keys.open}
          onClick={onKeys}
        >
          <Keyboard className="i" aria-hidden />
        </button>
      </div>
    </nav>
  )
})
