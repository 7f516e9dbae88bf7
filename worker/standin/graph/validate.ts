import type { Graph, GraphNode } from '../core/types.ts'
import { isLink } from '../core/types.ts'
import { checkValue } from './check-value.ts'
import type { InputError } from './check-value.ts'
import type { InputSpec, Signature } from './signatures.ts'

export type NodeError = { errors: InputError[]; dependent_outputs: string[]; class_type: string }

export type PromptError = { type: string; message: string; details: string; extra_info: Record<string, unknown> }

/** `outputs` are the output nodes that will run; with `nodeErrors` not empty the others were dropped. */
export type Validation =
  | { ok: true; outputs: string[]; nodeErrors: Record<string, NodeError> }
  | { ok: false; error: PromptError; nodeErrors: Record<string, NodeError> }

/** What the checks need to know about the installation. */
export type Installation = {
  signature: (className: string) => Signature | null
  /** null when the input file exists, else the text ComfyUI's own check gives. */
  badImage: (name: unknown) => string | null
}

/** Thrown where ComfyUI meets a KeyError: a link to a node that is not in the graph. */
class UnknownNode extends Error {}

/**
 * Validates a graph as ComfyUI 0.33's /prompt does and writes converted numbers back into it.
 * @param targets only these output nodes (partial_execution_targets), or null for all
 */
export function validateGraph(graph: Graph, installation: Installation, targets: string[] | null): Validation {
  for (const [id, node] of Object.entries(graph)) {
    const missing = missingClass(id, node, installation)
    if (missing !== null) return { ok: false, error: missing, nodeErrors: {} }
  }
  const outputs = Object.entries(graph)
    .filter(([id, node]) => installation.signature(node.class_type)?.output_node && (targets?.includes(id) ?? true))
    .map(([id]) => id)
  if (outputs.length === 0) {
    const error = { type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} }
    return { ok: false, error, nodeErrors: {} }
  }
  return judgeOutputs(graph, installation, outputs)
}

function judgeOutputs(graph: Graph, installation: Installation, outputs: string[]): Validation {
  const checker = new GraphChecker(graph, installation)
  const nodeErrors: Record<string, NodeError> = {}
  const good: string[] = []
  for (const output of outputs) {
    const valid = checker.outputIsValid(output)
    if (valid) good.push(output)
    else {
      for (const id of checker.reachable(output)) {
        const errors = checker.errorsOf(id)
        if (errors.length === 0) continue
        nodeErrors[id] ??= { errors, dependent_outputs: [], class_type: graph[id]?.class_type ?? '' }
        nodeErrors[id].dependent_outputs.push(output)
      }
    }
  }
  if (good.length > 0) return { ok: true, outputs: good, nodeErrors }
  const error = {
    type: 'prompt_outputs_failed_validation',
    message: 'Prompt outputs failed validation',
    details: '',
    extra_info: {},
  }
  return { ok: false, error, nodeErrors }
}

function missingClass(id: string, node: GraphNode, installation: Installation): PromptError | null {
  const title = node._meta?.title ?? (typeof node.class_type === 'string' ? node.class_type : null)
  if (typeof node.class_type !== 'string') {
    const message = `Node '${title ?? `ID #${id}`}' has no class_type. The workflow may be corrupted or a custom node is missing.`
    return { type: 'missing_node_type', message, details: `Node ID '#${id}'`, extra_info: { node_id: id } }
  }
  if (installation.signature(node.class_type) !== null) return null
  return {
    type: 'missing_node_type',
    message: `Node '${title}' not found. The custom node may not be installed.`,
    details: `Node ID '#${id}'`,
    extra_info: { node_id: id, class_type: node.class_type, node_title: title },
  }
}

class GraphChecker {
  private readonly errors = new Map<string, InputError[]>()
  private readonly verdicts = new Map<string, boolean>()
  private readonly path = new Set<string>()
  private readonly graph: Graph
  private readonly installation: Installation

  constructor(graph: Graph, installation: Installation) {
    this.graph = graph
    this.installation = installation
  }

  errorsOf(id: string): InputError[] {
    return this.errors.get(id) ?? []
  }

  outputIsValid(id: string): boolean {
    try {
      return this.check(id)
    } catch (error) {
      if (!(error instanceof UnknownNode)) throw error
      this.report(id, {
        type: 'exception_during_validation',
        message: 'Exception when validating node',
        details: error.message,
        extra_info: { exception_type: 'KeyError', traceback: [] },
      })
      return false
    }
  }

  /** The output and every node it depends on, deepest first, each once. */
  reachable(id: string, seen = new Set<string>()): string[] {
    if (seen.has(id)) return []
    seen.add(id)
    const inputs = Object.values(this.graph[id]?.inputs ?? {})
    return [...inputs.flatMap((value) => (isLink(value) ? this.reachable(value[0], seen) : [])), id]
  }

  private report(id: string, error: InputError): void {
    this.errors.set(id, [...this.errorsOf(id), error])
    this.verdicts.set(id, false)
  }

  private check(id: string): boolean {
    const known = this.verdicts.get(id)
    if (known !== undefined) return known
    const node = this.graph[id]
    if (node === undefined) throw new UnknownNode(`'${id}'`)
    if (this.path.has(id)) {
      this.report(id, {
        type: 'dependency_cycle',
        message: 'Dependency cycle detected',
        details: '',
        extra_info: { node_id: id, class_type: node.class_type },
      })
      return false
    }
    this.path.add(id)
    const valid = this.inputSpecs(node)
      .map(([name, spec, required]) => this.checkInput(id, node, { name, spec, required }))
      .every(Boolean)
    this.path.delete(id)
    this.verdicts.set(id, valid && this.errorsOf(id).length === 0)
    return this.verdicts.get(id) ?? false
  }

  /** Inputs with those which a chosen dynamic option adds, under their dotted names. */
  private inputSpecs(node: GraphNode): [name: string, spec: InputSpec, required: boolean][] {
    const { required = {}, optional = {} } = this.installation.signature(node.class_type)?.input ?? {}
    const list: [string, InputSpec, boolean][] = []
    for (const [name, spec] of Object.entries(required)) {
      list.push([name, spec, true])
      if (spec[0] !== 'COMFY_DYNAMICCOMBO_V3') continue
      const options = (spec[1]?.['options'] ?? []) as { key: string; inputs: Signature['input'] }[]
      const extra = options.find((option) => option.key === node.inputs[name])?.inputs.required ?? {}
      for (const [key, inner] of Object.entries(extra)) list.push([`${name}.${key}`, inner, true])
    }
    for (const [name, spec] of Object.entries(optional)) list.push([name, spec, false])
    return list
  }

  private checkInput(
    id: string,
    node: GraphNode,
    input: { name: string; spec: InputSpec; required: boolean },
  ): boolean {
    const { name, spec, required } = input
    const value = node.inputs[name]
    if (value === undefined) {
      if (!required) return true
      const message = 'Required input is missing'
      this.report(id, { type: 'required_input_missing', message, details: name, extra_info: { input_name: name } })
      return false
    }
    if (Array.isArray(value)) return this.checkLink(id, input, value)
    if (name === 'image' && (node.class_type === 'LoadImage' || node.class_type === 'LoadImageMask')) {
      return this.checkImage(id, value)
    }
    const checked = checkValue(name, dynamicChoice(spec), value)
    if (checked.ok) node.inputs[name] = checked.value
    else this.report(id, checked.error)
    return checked.ok
  }

  private checkImage(id: string, value: unknown): boolean {
    const problem = this.installation.badImage(value)
    if (problem === null) return true
    this.report(id, {
      type: 'custom_validation_failed',
      message: 'Custom validation failed for node',
      details: `image - ${problem}`,
      extra_info: { input_name: 'image' },
    })
    return false
  }

  private checkLink(id: string, input: { name: string; spec: InputSpec }, value: unknown[]): boolean {
    const { name, spec } = input
    const extra_info = { input_name: name, input_config: spec, received_value: value }
    if (!isLink(value)) {
      const message = 'Bad linked input, must be a length-2 list of [node_id, slot_index]'
      this.report(id, { type: 'bad_linked_input', message, details: name, extra_info })
      return false
    }
    const source = this.graph[value[0]]
    if (source === undefined) throw new UnknownNode(`'${value[0]}'`)
    const received = this.installation.signature(source.class_type)?.output[value[1]] ?? 'None'
    const wanted = Array.isArray(spec[0]) ? 'COMBO' : spec[0]
    if (received !== wanted && wanted !== '*' && received !== '*') {
      this.report(id, {
        type: 'return_type_mismatch',
        message: 'Return type mismatch between linked nodes',
        details: `${name}, received_type(${received}) mismatch input_type(${wanted})`,
        extra_info: { ...extra_info, linked_node: value },
      })
      return false
    }
    return this.checkSource(id, value, extra_info)
  }

  private checkSource(id: string, link: [string, number], extra_info: Record<string, unknown>): boolean {
    try {
      return this.check(link[0])
    } catch (error) {
      if (!(error instanceof UnknownNode)) throw error
      this.report(id, {
        type: 'exception_during_inner_validation',
        message: 'Exception when validating inner node',
        details: error.message,
        extra_info: { ...extra_info, exception_message: error.message, exception_type: 'KeyError', linked_node: link },
      })
      return false
    }
  }
}

function dynamicChoice(spec: InputSpec): InputSpec {
  if (spec[0] !== 'COMFY_DYNAMICCOMBO_V3') return spec
  const options = (spec[1]?.['options'] ?? []) as { key: string }[]
  return [options.map((option) => option.key), {}]
}
