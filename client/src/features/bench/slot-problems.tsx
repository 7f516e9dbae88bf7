import { CircleAlert } from 'lucide-react'

/** What is wrong at a slot, one sentence each, told as it appears; nothing shows while there is nothing. */
export function SlotProblems({ problems }: { problems: readonly string[] }) {
  return (
    <div role="alert" className={problems.length > 0 ? 'problems' : 'sr'}>
      {problems.map((problem) => (
        <p key={problem} className="word items-start">
          <CircleAlert className="i bad mt-[3px]" aria-hidden />
          <span>{problem}</span>
        </p>
      ))}
    </div>
  )
}
