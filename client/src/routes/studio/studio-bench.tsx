import { Suspense, lazy, memo } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { Bench } from '#client/features/bench/bench.tsx'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { HouseStyle } from '#client/features/bench/house-style.tsx'
import type { HandedIn, Target } from '#client/features/bench/intake.ts'
import { Fire } from '#client/features/generate/fire.tsx'
import type { FireView } from '#client/features/generate/core/wording.ts'
import type { MaskDoc } from '#client/features/mask/core/doc.ts'
import { maskStatusStore } from '#client/features/mask/mask-status.ts'

const MaskPanel = lazy(async () => ({ default: (await import('#client/features/mask/mask-panel.tsx')).MaskPanel }))

export type BenchHandlers = {
  give: (files: readonly HandedIn[], target: Target | null) => void
  send: (image: BenchImage) => void
  bench: () => void
  copied: () => void
  fire: () => void
  fewer: (count: number) => void
  signIn: () => void
}

type StudioBenchProps = {
  mode: ModeView
  most: Parameters<typeof Bench>[0]['most']
  view: FireView
  news: string | null
  member: boolean
  doc: MaskDoc | null
  on: BenchHandlers
}

const isMasked = (image: BenchImage) => (maskStatusStore.get()[image.key] ?? 0) > 0

/** Everything that goes in, and the button. */
export const StudioBench = memo(function StudioBench({ mode, most, view, news, member, doc, on }: StudioBenchProps) {
  return (
    <Bench
      mode={mode}
      most={most}
      isMasked={isMasked}
      house={mode.aspect ? <HouseStyle /> : null}
      mask={
        doc ? (
          <Suspense>
            <MaskPanel doc={doc} />
          </Suspense>
        ) : null
      }
      onFiles={on.give}
      onSend={on.send}
      onShow={on.bench}
      onCopied={on.copied}
      onSubmit={on.fire}
      fire={<Fire view={view} news={news} member={member} onFewer={on.fewer} onSignIn={on.signIn} />}
    />
  )
})
