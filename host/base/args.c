/* SPDX-License-Identifier: BSD-2-Clause */
/* args.c - tables of options, and the arguments of one command read by them */
#include "host/base/args.h"

#include <string.h>

#include "core/digest.h"

/* An option's row, and the field that it fills. */
struct place {
	const struct hm_option *option;
	union {
		void *field;
		const char **value;
		bool *flag;
		struct hm_list *list;
	};
};

static bool usage(struct hm_error *error, const char *word, const char *text)
{
	return hm_error_of(error, HM_ERROR_USAGE, error->thing, "%s%s%s", word, *word ? " " : "", text);
}

static struct place place_of(const struct hm_option_table *table, const struct hm_option *option, void *structure)
{
	return (struct place){.option = option, .field = (char *)structure + table->at + option->at};
}

static struct place find(const struct hm_option_table *tables, const char *word, void *structure)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && tables[i].options; i++) {
		for (const struct hm_option *o = tables[i].options; o->name; o++) {
			if (strlen(o->name) == len && !strncmp(o->name, word, len))
				return place_of(&tables[i], o, structure);
		}
	}
	return (struct place){.option = NULL};
}

static bool given(struct place place)
{
	if (place.option->kind == HM_OPTION_FLAG)
		return *place.flag;
	return place.option->kind == HM_OPTION_LIST ? place.list->count > 0 : *place.value != NULL;
}

static bool set_flag(struct place place, bool has_value, struct hm_error *error)
{
	if (has_value)
		return usage(error, place.option->name, "takes no value");
	if (*place.flag)
		return usage(error, place.option->name, "is given twice");
	*place.flag = true;
	return true;
}

/* Take the option at argv[*at], and its value; *at ends on the last word used. */
static bool take(struct place place, int argc, char **argv, int *at, struct hm_error *error)
{
	const char *value = strchr(argv[*at], '=');

	if (!place.option)
		return usage(error, argv[*at], "is not an option");
	if (place.option->kind == HM_OPTION_FLAG)
		return set_flag(place, value, error);
	if (!value && *at + 1 >= argc)
		return usage(error, place.option->name, "needs a value");
	value = value ? value + 1 : argv[++*at];
	if (place.option->kind == HM_OPTION_LIST) {
		if (place.list->count >= HM_LIST_MAX)
			return usage(error, place.option->name, "is given too often");
		place.list->word[place.list->count++] = value;
		return true;
	}
	if (*place.value)
		return usage(error, place.option->name, "is given twice");
	*place.value = value;
	return true;
}

static bool check_required(const struct hm_option_table *tables, void *structure, struct hm_error *error)
{
	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && tables[i].options; i++) {
		for (const struct hm_option *o = tables[i].options; o->name; o++) {
			if (o->required && !given(place_of(&tables[i], o, structure)))
				return usage(error, o->name, "is missing");
		}
	}
	return true;
}

bool hm_args_parse(const struct hm_args *args, int argc, char **argv, void *structure, struct hm_words *ret_words,
		   struct hm_error *error)
{
	bool only_words = false;

	ret_words->count = 0;
	for (int i = 0; i < argc; i++) {
		bool option = !only_words && argv[i][0] == '-' && argv[i][1] != '\0';

		if (option && !strcmp(argv[i], "--")) {
			only_words = true;
		} else if (option) {
			if (!take(find(args->tables, argv[i], structure), argc, argv, &i, error))
				return false;
		} else if (ret_words->count == args->words_max) {
			return usage(error, argv[i], "is one argument too many");
		} else {
			ret_words->word[ret_words->count++] = argv[i];
		}
	}
	if (!check_required(args->tables, structure, error))
		return false;
	return ret_words->count >= args->words_min || usage(error, "", "an argument is missing");
}

bool hm_banks_parse(const char *text, uint32_t *ret)
{
	struct hm_bytes rest = hm_bytes_of(text, strlen(text));
	struct hm_bytes name;
	uint32_t banks = 0;

	while (hm_next_field(&rest, ',', &name)) {
		enum hm_bank bank;

		if (!hm_bank_of_name(name, &bank) || (banks & HM_BANK_BIT(bank)))
			return false;
		banks |= HM_BANK_BIT(bank);
	}
	if (!banks)
		return false;
	*ret = banks;
	return true;
}
