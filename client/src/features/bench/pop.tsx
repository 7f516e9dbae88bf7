import { Suspense, useId, useState } from 'react'
import type { CSSProperties, ReactNode } from 'react'

type PopProps = {
  /** Names the button and the panel. */
  label: string
  icon: ReactNode
  /** What is in it; rendered once it was opened, so that it can be loaded late. */
  children: (close: () => void) => ReactNode
}

/** A button with a panel beside it; Esc and a press elsewhere close it. */
export function Pop({ label, icon, children }: PopProps) {
  const id = useId()
  const [opened, setOpened] = useState(false)
  const anchor = { '--anchor': `--pop-${id.replaceAll(/\W/g, '')}` } as CSSProperties
  return (
    <div className="more" style={anchor}>
      <button type="button" className="icon" popoverTarget={id} aria-label={label} title={label}>
        {icon}
      </button>
      <div
        id={id}
        popover="auto"
        className="menu panel"
        aria-label={label}
        onToggle={(event) => event.newState === 'open' && setOpened(true)}
      >
        {opened && <Suspense>{children(() => document.getElementById(id)?.hidePopover())}</Suspense>}
      </div>
    </div>
  )
}
