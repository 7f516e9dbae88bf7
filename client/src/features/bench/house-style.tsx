import { copy } from '#client/app/copy.ts'

/** The house style of the mode that has one: today there is one, and it is always on here. */
export function HouseStyle() {
  return (
    <section data-tab="settings" aria-label={copy.bench.houseStyle} className="house">
      <h2 className="label">{copy.bench.houseStyle}</h2>
      <p className="chip">
        <img src="/samples/house.avif" alt={copy.bench.houseSample} width={48} height={48} loading="lazy" />
        <span>
          <b>{copy.bench.houseName}</b>
          <span className="hint">{copy.bench.houseHint}</span>
        </span>
      </p>
    </section>
  )
}
