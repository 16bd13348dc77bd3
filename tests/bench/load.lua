-- load.lua - what wrk sends and says. Its arguments (after `--`) choose the requests:
--     get                       the URL, with the headers of the command line
--     join CODE                 POST: a phone joins, each under its own name
--     items TARGETS             POST: items with ids of their own; each line of the file TARGETS is
--                               "path prompt token", taken in turn
--     typing TARGETS            the same items, each connection resting 40 to 60 ms between two
--     push PATH TARGETS         POST: the same items as phones push them, one a request
--     phones PATH TARGETS       what a room full of phones asks: PATH, and every 100th time an item; each
--                               connection rests 20 to 44 ms between two requests
-- The last line of its output: requests, µs, responses over 399, broken connections, p50 µs, p99 µs.

local count = 0
local thread = 0

function setup(t)
  thread = thread + 1
  t:set("id", thread)
end

-- `to` has a path and a token, or neither; heads of bodies of one length are alike.
local function post(to, body)
  if not to[#body] then
    local headers = { ["Content-Type"] = "application/json" }
    if to.token then headers["Authorization"] = "Bearer " .. to.token end
    to[#body] = wrk.format("POST", to.path, headers, body):sub(1, -#body - 1)
  end
  return to[#body] .. body
end

local makers = {}

function makers.join(code)
  local to = {}
  return function()
    count = count + 1
    return post(to, string.format('{"code":"%s","display_name":"Phone %d"}', code, count))
  end
end

-- Calls make(target, id, n) for the next target, with an id that no other run has made.
local function in_turn(file, make)
  local targets = {}
  for line in io.lines(file) do
    local path, prompt, token = line:match("(%S+) (%S+) (%S+)")
    local sheet = path:match("worksheets/([^/]+)")
    targets[#targets + 1] = { path = path, sheet = sheet, prompt = prompt, token = token }
  end
  local urandom = io.open("/dev/urandom", "rb")
  local a, b, c, d = urandom:read(4):byte(1, 4)
  urandom:close()
  local run = string.format("%02x%02x%02x%02x-%04x-7000-8000-", a, b, c, d, id)
  return function()
    count = count + 1
    return make(targets[count % #targets + 1], string.format("%s%012x", run, count), count)
  end
end

function makers.items(file)
  return in_turn(file, function(to, item, n)
    return post(to, string.format(
      '{"id":"%s","prompt_id":"%s","text":"Meet with probation and the courts monthly, %d"}',
      item, to.prompt, n))
  end)
end

function makers.typing(file)
  function delay() return math.random(40, 60) end
  return makers.items(file)
end

function makers.push(path, file)
  return in_turn(file, function(to, item, n)
    to.path = path
    return post(to, string.format(
      '[{"newDocumentState":{"id":"%s","worksheet_id":"%s","prompt_id":"%s","text":"Meet with probation '
      .. 'and the courts, %d","owner":null,"due":null,"done":false,"order_key":"f%06d","_deleted":false}}]',
      item, to.sheet, to.prompt, n, n % 1000000))
  end)
end

function makers.phones(path, file)
  local item, asked = makers.items(file), 0
  function delay() return math.random(20, 44) end
  return function()
    asked = asked + 1
    return asked % 100 == 0 and item() or wrk.format("GET", path)
  end
end

function init(args)
  if makers[args[1]] then request = makers[args[1]](args[2], args[3]) end
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("%d %d %d %d %d %d", summary.requests, summary.duration, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
