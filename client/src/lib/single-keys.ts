import { createStore } from './store.ts'

const key = 'forge-single-keys'

function read(): boolean {
  try {
    return localStorage.getItem(key) !== 'off'
  } catch {
    return true
  }
}

/** Whether keys without a modifier do something outside a field. Speech input types letters nobody meant as commands. */
export const singleKeysStore = createStore(read())

singleKeysStore.subscribe(() => {
  try {
    localStorage.setItem(key, singleKeysStore.get() ? 'on' : 'off')
  } catch {
    // Storage is full or off: the choice holds as long as the page.
  }
})
