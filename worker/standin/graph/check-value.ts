import { pythonFloat, pythonRepr, pythonText } from './python-text.ts'
import { comboOptions } from './signatures.ts'
import type { InputSpec } from './signatures.ts'

export type InputError = { type: string; message: string; details: string; extra_info: Record<string, unknown> }

export type Checked = { ok: true; value: unknown } | { ok: false; error: InputError }

/**
 * Checks one literal against its signature as ComfyUI does: convert numbers, then min/max, then combo membership
 * (`step` and `round` are hints only). The value comes back converted.
 */
export function checkValue(name: string, spec: InputSpec, value: unknown): Checked {
  const converted = convert(name, spec, value)
  if (!converted.ok) return converted
  const limit = checkRange(name, spec, converted.value)
  if (limit !== null) return { ok: false, error: limit }
  const choice = checkChoice(name, spec, converted.value)
  return choice === null ? converted : { ok: false, error: choice }
}

function convert(name: string, spec: InputSpec, value: unknown): Checked {
  const type = spec[0]
  if (type === 'STRING') return { ok: true, value: pythonText(value) }
  if (type === 'BOOLEAN') return { ok: true, value: Boolean(value) }
  if (type === 'FLOAT') {
    const number = typeof value === 'string' ? Number(value.trim() || 'x') : value
    return typeof number === 'number' && !Number.isNaN(number)
      ? { ok: true, value: number }
      : { ok: false, error: unconvertible(name, spec, { value, type }) }
  }
  if (type !== 'INT') return { ok: true, value }
  if (typeof value === 'number') return { ok: true, value: Math.trunc(value) }
  // A whole number above 2^53 can only come as text; it stays text so no digit is lost.
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) {
    const exact = BigInt(value.trim())
    return { ok: true, value: Number.isSafeInteger(Number(exact)) ? Number(exact) : exact.toString() }
  }
  return { ok: false, error: unconvertible(name, spec, { value, type }) }
}

function unconvertible(name: string, spec: InputSpec, got: { value: unknown; type: string }): InputError {
  const reason =
    got.type === 'INT'
      ? `invalid literal for int() with base 10: ${pythonRepr(got.value)}`
      : `could not convert string to float: ${pythonRepr(got.value)}`
  return {
    type: 'invalid_input_type',
    message: `Failed to convert an input value to a ${got.type} value`,
    details: `${name}, ${pythonText(got.value)}, ${reason}`,
    extra_info: { input_name: name, input_config: spec, received_value: got.value, exception_message: reason },
  }
}

function checkRange(name: string, spec: InputSpec, value: unknown): InputError | null {
  const { min, max } = spec[1] ?? {}
  const size = typeof value === 'string' && spec[0] === 'INT' ? BigInt(value) : value
  if (typeof size !== 'number' && typeof size !== 'bigint') return null
  const show = (number: unknown) => (spec[0] === 'FLOAT' ? pythonFloat(Number(number)) : String(number))
  const extra_info = { input_name: name, input_config: spec, received_value: value }
  if (typeof min === 'number' && size < min) {
    const message = `Value ${show(size)} smaller than min of ${show(min)}`
    return { type: 'value_smaller_than_min', message, details: name, extra_info }
  }
  if (typeof max === 'number' && size > max) {
    const message = `Value ${show(size)} bigger than max of ${show(max)}`
    return { type: 'value_bigger_than_max', message, details: name, extra_info }
  }
  return null
}

/** ComfyUI prints long lists by their length only. */
const printedOptions = 20

function checkChoice(name: string, spec: InputSpec, value: unknown): InputError | null {
  const options = comboOptions(spec)
  if (options === null || options.includes(String(value))) return null
  const short = options.length <= printedOptions
  const list = short ? pythonRepr([...options]) : `(list of length ${options.length})`
  return {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: `${name}: ${pythonRepr(value)} not in ${list}`,
    extra_info: { input_name: name, input_config: short ? spec : null, received_value: value },
  }
}
