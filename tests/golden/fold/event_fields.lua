-- What a fold sees of an event.
function init() return { seen = {} } end
function fold(state, event)
  local keys = dkeys(event)
  state.seen[#state.seen + 1] = {
    keys = keys, type = event.type, ns = event.ns, actor = event.actor, seq = event.seq, ts = event.ts,
    ulid_bytes = #event.ulid, v = event.v, sig_alg = event.sig_alg, payload = event.payload,
  }
  return state
end
