import { useMutation, useQuery } from '@tanstack/react-query'
import { copyAccount } from '#client/app/copy-account.ts'
import { queryClient, trpc } from '#client/lib/api.ts'

const words = copyAccount.page

/** Whether an outside provider may make this person's images, when the studio uses one at all. */
export function WhereMade() {
  const consent = useQuery(trpc.account.provider.queryOptions())
  const change = useMutation(
    trpc.account.refuseProvider.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.account.provider.queryKey() }),
    }),
  )
  const refused = change.isPending ? change.variables.refused : consent.data?.refused
  return (
    <section>
      <h2 className="label">{words.made}</h2>
      <p className="soft">{words.madeLead}</p>
      <label className="check">
        <input
          type="checkbox"
          checked={refused === false}
          disabled={refused === undefined || change.isPending}
          onChange={(event) => change.mutate({ refused: !event.target.checked })}
        />
        {words.mayLeave}
      </label>
      <output className="hint">
        {consent.data?.used === false && words.notUsed}
        {change.isSuccess && (refused ? words.staysHere(change.data.running) : words.maySaved)}
        {(change.isError || consent.isError) && words.madeFailed}
      </output>
    </section>
  )
}
