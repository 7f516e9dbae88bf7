import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShareView } from '#shared/shares/schema.ts'
import { shareCopy } from '#client/app/copy-share.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { api, queryClient, trpc } from '#client/lib/api.ts'
import '#client/styles/share.css'

function addressOf({ slug }: ShareView): string {
  return `${location.origin}/s/${slug}`
}

function LinkRow({ share, tell, onGone }: { share: ShareView; tell: (words: string) => void; onGone: () => void }) {
  const [busy, setBusy] = useState(false)
  const address = addressOf(share)
  const kind = shareCopy.kind[share.recipe ? 'recipe' : 'plain']
  const copyIt = () =>
    navigator.clipboard.writeText(address).then(
      () => tell(shareCopy.copied),
      () => tell(shareCopy.copyFailed),
    )
  const revoke = async () => {
    setBusy(true)
    try {
      await api.shares.revoke.mutate({ id: share.id })
      tell(shareCopy.revoked)
      onGone()
    } catch {
      tell(shareCopy.revokeFailed)
    }
    setBusy(false)
  }
  return (
    <li>
      <label>
        {kind}
        <input
          className="field num"
          readOnly
          value={address}
          aria-label={`${shareCopy.link}: ${kind}`}
          onFocus={(event) => event.target.select()}
        />
      </label>
      <span className="row">
        <button type="button" className="btn small" onClick={() => void copyIt()}>
          {shareCopy.copy}
        </button>
        <a className="btn quiet small" href={address} target="_blank" rel="noreferrer">
          {shareCopy.open}
        </a>
        <button type="button" className="btn quiet small" disabled={busy} onClick={() => void revoke()}>
          {shareCopy.revoke}
        </button>
      </span>
    </li>
  )
}

/** Unlisted links to one image: make, copy, open, take back. */
export function ShareSheet({ jobId, onClose }: { jobId: string; onClose: () => void }) {
  const options = trpc.shares.list.queryOptions({ jobId }, { staleTime: 0 })
  const links = useQuery(options)
  const [recipe, setRecipe] = useState(false)
  const [busy, setBusy] = useState(false)
  const [news, setNews] = useState('')
  const refresh = () => void queryClient.invalidateQueries({ queryKey: options.queryKey })
  const create = async () => {
    setBusy(true)
    try {
      const share = await api.shares.create.mutate({ jobId, recipe })
      // A list asked for before would not hold it.
      await queryClient.cancelQueries({ queryKey: options.queryKey })
      queryClient.setQueryData(options.queryKey, (now) => [share, ...(now ?? []).filter(({ id }) => id !== share.id)])
      // Most make a link in order to send it; a browser that refuses leaves it to the button.
      await navigator.clipboard.writeText(addressOf(share)).then(
        () => setNews(shareCopy.copied),
        () => setNews(''),
      )
    } catch {
      setNews(shareCopy.failed)
    }
    setBusy(false)
  }
  return (
    <Sheet title={shareCopy.title} onClose={onClose}>
      <h2>{shareCopy.title}</h2>
      <p className="sub">{shareCopy.lead}</p>
      <form
        className="share-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <label className="check">
          <input type="checkbox" checked={recipe} onChange={(event) => setRecipe(event.target.checked)} />
          {shareCopy.recipe}
        </label>
        <button type="submit" className="btn" disabled={busy}>
          {busy ? shareCopy.creating : shareCopy.create}
        </button>
      </form>
      <output className="soft">{news}</output>
      {links.isError && (
        <p role="alert">
          {shareCopy.listFailed}{' '}
          <button type="button" className="link" onClick={() => void links.refetch()}>
            {shareCopy.again}
          </button>
        </p>
      )}
      {links.data?.length === 0 && <p className="hint">{shareCopy.none}</p>}
      {links.data && links.data.length > 0 && (
        <section aria-label={shareCopy.lists}>
          <h3 className="label">{shareCopy.lists}</h3>
          <ul className="share-links">
            {links.data.map((share) => (
              <LinkRow key={share.id} share={share} tell={setNews} onGone={refresh} />
            ))}
          </ul>
        </section>
      )}
    </Sheet>
  )
}
