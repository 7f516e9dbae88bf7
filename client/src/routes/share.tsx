import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Maximize2 } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import type { CSSProperties } from 'react'
import type { SharedView } from '#shared/shares/schema.ts'
import { shareCopy } from '#client/app/copy-share.ts'
import { copy } from '#client/app/copy.ts'
import { Wordmark } from '#client/components/ui/lettering.tsx'
import { lookAgainIn, pictureAddress, stageWords, stripMode } from '#client/features/share/core.ts'
import { HeatStrip } from '#client/features/live/stage/heat-strip.tsx'
import { trpc } from '#client/lib/api.ts'
import { formatDay, formatNumber, formatSize } from '#client/lib/format.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { showPageTitle } from './studio/page-mark.ts'
import '#client/styles/share.css'
import { late } from '#client/lib/late.ts'

const words = shareCopy.page
const FullView = late(async () => (await import('#client/components/ui/full-view.tsx')).FullView)

/** What was answered, in the three ways that matter here. */
function problemOf(error: unknown): 'gone' | 'busy' | 'lost' | null {
  if (!error) return null
  const refusal = refusalOf(error)
  if (refusal.kind === 'lost') return 'lost'
  if (refusal.code === 'RATE_LIMITED') return 'busy'
  return refusal.code === 'NOT_FOUND' || refusal.code === 'INVALID_INPUT' ? 'gone' : 'lost'
}

function titleOf(view: SharedView | undefined, gone: boolean): string {
  if (gone) return words.tabGone
  if (!view) return copy.title.idle
  if (view.output) return words.tabTitle(view.modeTitle)
  return words.tabRunning(view.steps > 0 ? Math.round((view.step / view.steps) * 100) : 0)
}

function Recipe({ recipe }: { recipe: NonNullable<SharedView['recipe']> }) {
  const rows: [string, string][] = [
    [words.prompt, recipe.prompt],
    [words.negative, recipe.negative],
    [words.creativity, formatNumber(recipe.creativity)],
    [words.chaos, formatNumber(recipe.chaos)],
    [words.seed, recipe.seed],
  ]
  return (
    <section className="share-recipe" aria-label={words.recipe}>
      <h2 className="label">{words.recipe}</h2>
      <dl>
        {rows
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  )
}

type PictureProps = { view: SharedView; slug: string; onAgain: () => void }

function Picture({ view, slug, onAgain }: PictureProps) {
  const [full, setFull] = useState(false)
  const [broken, setBroken] = useState(false)
  const { output, recipe, modeTitle } = view
  const alt = recipe?.prompt ? recipe.prompt : words.alt(modeTitle)
  if (!output) {
    return (
      <output className="share-waiting">
        <HeatStrip step={view.step} steps={view.steps || 28} mode={stripMode(view)} />
        <span className="big">{stageWords(view)}</span>
        <span className="hint">{words.follows}</span>
      </output>
    )
  }
  const large = view.full ?? output
  return (
    <>
      {broken ? (
        <p className="share-waiting" role="alert">
          {words.broken}{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setBroken(false)
              onAgain()
            }}
          >
            {words.again}
          </button>
        </p>
      ) : (
        <img
          className="share-picture"
          src={pictureAddress(slug, 'image')}
          alt={alt}
          width={output.width}
          height={output.height}
          data-testid="result"
          onError={() => {
            setBroken(true)
            onAgain()
          }}
        />
      )}
      <div className="share-line">
        <span className="num hint">{formatSize(large)}</span>
        <button type="button" className="icon" aria-label={words.full} title={words.full} onClick={() => setFull(true)}>
          <Maximize2 className="i" aria-hidden />
        </button>
      </div>
      {full && (
        <Suspense>
          <FullView title={alt} size={large} onClose={() => setFull(false)}>
            <img src={pictureAddress(slug, 'full')} alt={alt} />
          </FullView>
        </Suspense>
      )}
    </>
  )
}

function Shown({ view, slug, onAgain }: PictureProps) {
  return (
    <div
      className="share-sheet"
      style={{ '--ar': view.output ? `${view.output.width} / ${view.output.height}` : '1.5' } as CSSProperties}
    >
      <Picture view={view} slug={slug} onAgain={onAgain} />
      <div className="share-facts">
        <h1>{(view.output ? words.heading : words.headingRunning)(view.modeTitle)}</h1>
        <p className="share-marks">
          <b>{words.ai}</b>
          {view.standIn && <span>{words.standIn}</span>}
        </p>
        <p className="hint">
          <time dateTime={view.createdAt}>{formatDay(view.createdAt)}</time>,{' '}
          <span className="num">{view.transmission}</span>
        </p>
        {view.recipe && <Recipe recipe={view.recipe} />}
      </div>
    </div>
  )
}

function Problem({ title, line, onAgain }: { title: string; line: string; onAgain: (() => void) | null }) {
  return (
    <div className="blank" role="alert">
      <h1>{title}</h1>
      <p>{line}</p>
      {onAgain ? (
        <button type="button" className="btn" onClick={onAgain}>
          {words.again}
        </button>
      ) : (
        <Link className="btn" to="/studio">
          {words.toStudio}
        </Link>
      )}
    </div>
  )
}

/** One shared image, for anybody with the link: follows it while it is made; says plainly when nothing is there. */
export function Share() {
  const { slug = '' } = useParams({ strict: false })
  const shared = useQuery(
    trpc.shares.view.queryOptions(
      { slug },
      {
        staleTime: 0,
        refetchInterval: ({ state }) => lookAgainIn(state.data, problemOf(state.error) === 'busy'),
      },
    ),
  )
  const problem = problemOf(shared.error)
  const gone = problem === 'gone'
  const view = gone ? undefined : shared.data
  useEffect(() => showPageTitle(titleOf(view, gone)), [view, gone])
  return (
    <div className="app page share-page">
      <header className="head scale">
        <Link className="wordmark" to="/studio" aria-label={copy.name}>
          <Wordmark label={copy.name} />
        </Link>
        <div className="right">
          <Link className="btn quiet" to="/studio">
            {words.make}
          </Link>
        </div>
      </header>
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap">
          {view && <Shown view={view} slug={slug} onAgain={() => void shared.refetch()} />}
          {!view && !problem && <p className="hint">{words.looking}</p>}
          {gone && <Problem title={words.goneTitle} line={words.gone} onAgain={null} />}
          {!view && (problem === 'lost' || problem === 'busy') && (
            <Problem
              title={words.lostTitle}
              line={problem === 'busy' ? words.busy : words.lost}
              onAgain={() => void shared.refetch()}
            />
          )}
        </div>
      </main>
    </div>
  )
}
