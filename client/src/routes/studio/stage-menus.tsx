import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { inputRoles } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { formats } from '#client/features/live/result/convert.ts'
import type { Format } from '#client/features/live/result/convert.ts'
import { trpc } from '#client/lib/api.ts'
import { fallbackModes } from './fallback-modes.ts'
import { copyOf, recipeOf, saveAs } from './job-actions.ts'
import type { Taking } from './take-search.ts'

type ListProps = { job: JobView; onDone: () => void }

function useModes() {
  const modes = useQuery(trpc.modes.list.queryOptions())
  return modes.data?.modes ?? fallbackModes
}

const wholes: readonly [Taking, string][] = [
  ['settings', resultCopy.useSettings],
  ['both', resultCopy.useBoth],
  ['exact', resultCopy.useExact],
  ['branch', resultCopy.useBranch],
]

/** What of a result can go to the bench, and where. */
export function UseList({ job, onDone }: ListProps) {
  const modes = useModes()
  const roles = inputRoles.filter((role) => modes.some((mode) => mode.inputs.some((input) => input.role === role)))
  return (
    <div className="menu-rows">
      {roles.map((role) => (
        <Link key={role} to="/studio" search={{ from: job.id, take: 'image', role }} onClick={onDone}>
          {resultCopy.uses[role]}
        </Link>
      ))}
      {wholes.map(([take, title]) => (
        <Link key={take} to="/studio" search={{ from: job.id, take }} onClick={onDone}>
          {title}
        </Link>
      ))}
    </div>
  )
}

export function CopyList({ job, onDone }: ListProps) {
  const press = (what: Parameters<typeof copyOf>[1]) => () => {
    void copyOf(job, what)
    onDone()
  }
  return (
    <div className="menu-rows">
      <button type="button" onClick={press('image')}>
        {resultCopy.copyImage}
      </button>
      {job.prompt !== '' && (
        <button type="button" onClick={press('prompt')}>
          {resultCopy.copyPrompt}
        </button>
      )}
      <button type="button" onClick={press('seed')}>
        {resultCopy.copySeed} <span className="num">{job.seed}</span>
      </button>
    </div>
  )
}

/** Chosen once, meant for the next image too. */
let lastFormat: Format = 'png'

/** Format and whether the file tells how it was made. The mark of AI is no choice. */
export function DownloadForm({ job, onDone }: ListProps) {
  const title = useModes().find((mode) => mode.key === job.mode)?.title ?? job.mode
  const [format, setFormat] = useState<Format>(lastFormat)
  const [recipe, setRecipe] = useState(false)
  const [phase, setPhase] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null })
  const save = async () => {
    lastFormat = format
    setPhase({ busy: true, problem: null })
    const problem = await saveAs(job, format, recipe ? recipeOf(job, title) : null)
    setPhase({ busy: false, problem })
    if (problem === null) onDone()
  }
  return (
    <form
      className="download-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <fieldset>
        <legend className="sr">{resultCopy.download}</legend>
        {formats.map((one) => (
          <label key={one}>
            <input type="radio" name="format" checked={one === format} onChange={() => setFormat(one)} />
            <span>
              {resultCopy.formats[one][0]} <span className="hint">{resultCopy.formats[one][1]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label>
        <input type="checkbox" checked={recipe} onChange={(event) => setRecipe(event.target.checked)} />
        <span>
          {resultCopy.recipe} <span className="hint">{resultCopy.recipeHint}</span>
        </span>
      </label>
      <p className="hint">{resultCopy.mark}</p>
      {phase.problem && (
        <p className="bad" role="alert">
          {phase.problem}
        </p>
      )}
      <button type="submit" className="btn" disabled={phase.busy}>
        {phase.busy ? resultCopy.saving : resultCopy.save}
      </button>
    </form>
  )
}
