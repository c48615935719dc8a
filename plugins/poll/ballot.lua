-- A poll as it is kept: question, options, who voted for what. One a room.

local MOST_VOTERS = 500
local KEEP_CLOSED = "7d"
-- What is kept must fit into one value of the store.
local MOST_BYTES = 60000

local ballot = {}

function ballot.get(cx)
  return cx.store:get("poll")
end

-- Opens one unless one is open; gives whether it did.
function ballot.open(cx, poll)
  local is_opened = false
  cx.store:update("poll", function(old)
    is_opened = not old or old.is_closed == true
    return if is_opened then poll else old
  end, poll.till - cx.time.now() + 7 * 86400)
  return is_opened
end

-- Counts a vote; gives `voted`, `changed`, `same`, `full` or `none`.
function ballot.vote(cx, identity, option)
  local came_of = "none"
  cx.store:update("poll", function(poll)
    if not poll or poll.is_closed then
      return poll
    end
    local before = poll.votes[identity]
    if not before and (MOST_VOTERS <= poll.n_voters or MOST_BYTES < #cx.json.encode(poll)) then
      came_of = "full"
      return poll
    end
    came_of = if not before then "voted" elseif before == option then "same" else "changed"
    poll.n_voters += if before then 0 else 1
    poll.votes[identity] = option
    return poll
  end, "37d")
  return came_of
end

-- Closes it; gives the poll if it was open.
function ballot.close(cx)
  local closed
  cx.store:update("poll", function(poll)
    closed = nil
    if poll and not poll.is_closed then
      poll.is_closed = true
      closed = poll
    end
    return poll
  end, KEEP_CLOSED)
  return closed
end

function ballot.drop(cx)
  cx.store:delete("poll")
end

-- Votes for each option.
function ballot.count(poll)
  local counts = {}
  for i in poll.options do
    counts[i] = 0
  end
  for _, option in poll.votes do
    counts[option] = (counts[option] or 0) + 1
  end
  return counts
end

return ballot
