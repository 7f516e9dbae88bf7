import type { CSSProperties } from 'react'
import { copyState } from '#client/app/copy-state.ts'
import { heatCells } from '../core/heat.ts'

type HeatStripProps = { step: number; steps: number; mode: 'waiting' | 'working' | 'full' }

/** One cell a step; each keeps the heat it was struck at. Waiting is the same strip, empty, with a dull red edge. */
export function HeatStrip({ step, steps, mode }: HeatStripProps) {
  const done = mode === 'full' ? steps : mode === 'waiting' ? 0 : step
  return (
    <div
      className={mode === 'waiting' ? 'heat waiting' : 'heat'}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a native progress element cannot hold cells
      role="progressbar"
      aria-label={copyState.stepsLabel}
      aria-valuemin={0}
      aria-valuemax={steps}
      aria-valuenow={done}
      aria-valuetext={`${copyState.step} ${done} ${copyState.of} ${steps}`}
    >
      {heatCells(done, steps, mode === 'working').map((cell, index) => (
        <i
          // The cells of a strip never move.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          className={cell.state === 'on' ? (cell.low ? 'on low' : 'on') : cell.state}
          style={cell.state === 'on' ? ({ '--c': cell.colour } as CSSProperties) : undefined}
        />
      ))}
    </div>
  )
}
