-- Place orders through the door with wrk: each request a shopper of the first file, goods of the second, a fresh key.
-- wrk -t1 -c64 -d10s -s docs/load/orders.lua http://127.0.0.1:8000 -- passes.txt bodies.jsonl
local threads = {}
local passes, bodies = {}, {}
local sent = 0
statuses = {}

local function read_lines(path)
    local lines = {}
    for line in io.lines(path) do
        lines[#lines + 1] = line
    end
    assert(#lines > 0, path .. " is empty")
    return lines
end

-- UUID version 7 (RFC 9562): 48 bits of milliseconds, the version, 12 bits, the variant, 62 bits. Lua knows only
-- seconds, so the milliseconds are made up: a key may be up to 24 hours off.
local function new_key()
    local ms = os.time() * 1000 + math.random(0, 999)
    return string.format(
        "%08x%04x7%03x%04x%04x%04x%04x",
        math.floor(ms / 65536), ms % 65536, math.random(0, 0xfff), 0x8000 + math.random(0, 0x3fff),
        math.random(0, 0xffff), math.random(0, 0xffff), math.random(0, 0xffff)
    )
end

function setup(thread)
    thread:set("seed", os.time() + #threads * 7919)
    threads[#threads + 1] = thread
end

function init(args)
    assert(#args == 2, "after -- come two files: passes, bodies")
    math.randomseed(seed)
    passes, bodies = read_lines(args[1]), read_lines(args[2])
end

function request()
    sent = sent + 1
    local headers = {
        ["Content-Type"] = "application/json",
        ["Authorization"] = "Bearer " .. passes[sent % #passes + 1],
        ["Idempotency-Key"] = new_key(),
    }
    return wrk.format("POST", "/v1/purchases", headers, bodies[math.random(#bodies)])
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
end

function done(summary)
    local counts = {}
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("statuses")) do
            counts[status] = (counts[status] or 0) + count
        end
    end
    for status, count in pairs(counts) do
        io.write(string.format("%d: %d answers, %.0f a second\n", status, count, count * 1e6 / summary.duration))
    end
end
