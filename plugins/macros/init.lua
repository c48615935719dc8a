-- Commands made of others: `!macro add tea = say Tea is ready, $nick && subject $*`, then `!tea and cake`.

local reading = require("reading")

local PREFIX = "m:"
local MOST_COMMANDS = 5
local MOST_DEPTH = 3
local MOST_BODY = 500
-- A command with its arguments: what is put in several times at several depths would grow without end.
local MOST_LINE = 1000

local function shown(cx, text, n)
  return cx.text.plain(text, n or MOST_BODY)
end

-- A name as it is typed: one word of letters and digits.
local function name_of(cx, given)
  local name = cx.text.lower(cx.text.plain(given, 40))
  local is_word = not string.find(name, "[%s%c%p]") or string.find(name, "^[^%s%c%p]+[-_][^%s%c%p]+$")
  return if name ~= "" and is_word then name else nil
end

-- A macro of the room, else one for all rooms.
local function find(cx, name)
  local own = cx.room and cx.store.room:get(PREFIX .. name)
  if own then
    return own
  end
  return cx.store.plugin:get(PREFIX .. name)
end

-- Adds the commands of a call to `out`, macros inside macros taken apart; gives why not, as a key of the texts.
local function expand(cx, name, text, out, above)
  local macro = find(cx, name)
  if not macro then
    return "no-such"
  elseif above[name] or MOST_DEPTH <= above.depth then
    return "too-deep"
  elseif cx.event.level < macro.level then
    return "not-for-you"
  end
  local inner = table.clone(above)
  inner[name], inner.depth = true, above.depth + 1
  local values = { words = reading.words(text), all = text, nick = shown(cx, cx.nick or "", 60), room = cx.room or "" }
  for _, command in reading.commands(macro.body) do
    local line = cx.text.cut(reading.fill(command, values), MOST_LINE)
    local word, rest = string.match(line, "^(%S+)%s*(.*)$")
    local why
    if word and name_of(cx, word) and find(cx, name_of(cx, word)) then
      why = expand(cx, name_of(cx, word), rest, out, inner)
    elseif MOST_COMMANDS <= #out then
      why = "too-many-commands"
    elseif word then
      table.insert(out, line)
    end
    if why then
      return why
    end
  end
  return nil
end

-- Runs a macro for whoever named it, with their rights: each command is as if they had typed it.
local function run(cx, args)
  local name, rest = string.match(cx.text.plain(args.line or "", MOST_LINE), "^(%S+)%s*(.*)$")
  name = name and name_of(cx, name)
  if not name then
    return cx:reply(cx.t("no-such", { name = "" }))
  end
  local commands = {}
  local why = expand(cx, name, rest, commands, { depth = 0 })
  if why then
    return cx:reply(cx.t(why, { name = name, n = MOST_COMMANDS }))
  end
  for _, command in commands do
    cx:run(command)
  end
end

local function put(cx, store, args, level)
  local given, body = string.match(args.macro, "^%s*(%S+)%s*=?%s*(.*)$")
  local name = given and name_of(cx, given)
  body = body and shown(cx, body, MOST_BODY + 1) or ""
  if not name or body == "" then
    return cx:reply(cx.t("how", { prefix = cx.prefix }))
  elseif MOST_BODY < cx.text.len(body) or MOST_COMMANDS < #reading.commands(body) then
    return cx:reply(cx.t("too-long", { n = MOST_COMMANDS, chars = MOST_BODY }))
  end
  local before = store:get(PREFIX .. name)
  if not before and cx.option.most <= #store:keys(PREFIX) then
    return cx:reply(cx.t("too-many"))
  end
  local kept = { body = body, level = before and before.level or level, by = cx.text.plain(cx.nick or "", 60) }
  store:set(PREFIX .. name, kept)
  cx:reply(cx.t("added", { name = name }))
end

local function add(cx, args)
  put(cx, cx.store.room, args, 10)
end

local function add_global(cx, args)
  put(cx, cx.store.plugin, args, 10)
end

-- The store that has it: the room's; that for all rooms only for an owner of the bot.
local function store_of(cx, name)
  if cx.room and cx.store.room:get(PREFIX .. name) then
    return cx.store.room
  elseif 100 <= cx.event.level and cx.store.plugin:get(PREFIX .. name) then
    return cx.store.plugin
  end
end

local function delete(cx, args)
  local name = name_of(cx, args.name)
  local store = name and store_of(cx, name)
  if not store then
    return cx:reply(cx.t("no-such", { name = name or "" }))
  end
  store:delete(PREFIX .. name)
  cx:reply(cx.t("deleted", { name = name }))
end

local function set_level(cx, args)
  local name = name_of(cx, args.name)
  local store = name and store_of(cx, name)
  if not store then
    return cx:reply(cx.t("no-such", { name = name or "" }))
  end
  local macro = store:get(PREFIX .. name)
  macro.level = args.level
  store:set(PREFIX .. name, macro)
  cx:reply(cx.t("level-is-set", { name = name, level = args.level }))
end

local function show(cx, args)
  local name = name_of(cx, args.name)
  local macro = name and find(cx, name)
  if not macro then
    return cx:reply(cx.t("no-such", { name = name or "" }))
  end
  cx:reply(cx.t("is", { name = name, body = macro.body, level = macro.level, nick = macro.by }))
end

local function list(cx)
  local names, seen = {}, {}
  for _, store in { cx.room and cx.store.room or cx.store.plugin, cx.store.plugin } do
    for _, key in store:keys(PREFIX) do
      if not seen[key] then
        seen[key] = true
        table.insert(names, string.sub(key, #PREFIX + 1))
      end
    end
  end
  table.sort(names)
  cx:reply(if #names == 0 then cx.t("none") else cx.t("list", { names = table.concat(names, ", ") }))
end

return {
  name = "macros",
  api = 1,
  description = { en = "Makes commands of other commands.", ru = "Составляет команды из других команд." },
  powers = { "store", "command" },
  options = {
    most = {
      type = "number",
      default = 100,
      min = 1,
      max = 500,
      help = { en = "How many macros a room has.", ru = "Сколько макросов может быть у комнаты." },
    },
  },
  commands = {
    {
      name = "macro",
      names = { ru = "макрос" },
      aliases = { "macro show" },
      args = { { "name", "word", names = { ru = "имя" } } },
      direct = true,
      help = { en = "Shows what a macro does.", ru = "Показывает, что делает макрос." },
      examples = { { "macro tea", "There is no macro tea." }, { "макрос чай" } },
      run = show,
    },
    {
      name = "macro run",
      names = { ru = "макрос запусти" },
      args = { { "line", "rest", names = { ru = "строка" } } },
      kept_names = PREFIX,
      level = 0,
      direct = true,
      help = { en = "Runs a macro; its name alone does it too.", ru = "Запускает макрос; можно и просто по имени." },
      examples = { { "macro run tea", "There is no macro tea." }, { "макрос запусти чай" } },
      run = run,
    },
    {
      name = "macro list",
      names = { ru = "макрос список" },
      aliases = { "macros", "макросы" },
      direct = true,
      help = { en = "Lists the macros.", ru = "Показывает макросы." },
      examples = { { "macro list", "There are no macros." }, { "макрос список" } },
      run = list,
    },
    {
      name = "macro add",
      names = { ru = "макрос добавить" },
      aliases = { "макроадд" },
      level = 20,
      args = { { "macro", "rest", names = { ru = "макрос" } } },
      help = {
        en = "Makes a command of others, with && between; $1, $*, $nick are what comes with the call.",
        ru = "Составляет команду из других через &&; $1, $*, $ник — то, что придёт с вызовом.",
      },
      examples = { { "macro add tea = say Tea is ready, $nick" }, { "макрос добавить чай = say Чай готов, $ник" } },
      run = add,
    },
    {
      name = "macro global",
      names = { ru = "макрос общий" },
      aliases = { "гмакроадд" },
      level = 100,
      direct = true,
      args = { { "macro", "rest", names = { ru = "макрос" } } },
      help = { en = "Makes a command for all rooms.", ru = "Составляет команду для всех комнат." },
      examples = { { "macro global tea = say Tea is ready, $nick" }, { "макрос общий чай = say Чай готов, $ник" } },
      run = add_global,
    },
    {
      name = "macro del",
      names = { ru = "макрос удалить" },
      aliases = { "макродел" },
      level = 20,
      direct = true,
      args = { { "name", "word", names = { ru = "имя" } } },
      help = { en = "Deletes a macro.", ru = "Удаляет макрос." },
      examples = { { "macro del tea" }, { "макрос удалить чай" } },
      run = delete,
    },
    {
      name = "macro level",
      names = { ru = "макрос уровень" },
      level = 20,
      direct = true,
      args = { { "name", "word", names = { ru = "имя" } }, { "level", "number", min = 0, max = 100 } },
      help = { en = "Sets the level that running a macro takes.", ru = "Задаёт уровень, нужный для запуска макроса." },
      examples = { { "macro level tea 11" }, { "макрос уровень чай 11" } },
      run = set_level,
    },
  },
}
