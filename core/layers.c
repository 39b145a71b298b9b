/* SPDX-License-Identifier: BSD-2-Clause */
/* layers.c - the layers file in the initrd, and the record of a layer from its partitions */
#include "layers.h"

#define LABEL_MAX_LEN 36u

static const char no_label[] = "-";
/* The only file system that the kernel mounts from a file in memory without a block device. */
static const char ram_fstype[] = "erofs";

struct option {
	const char *word;
	uint32_t flag;
};
static const struct option options[] = {
	{"nodev", HM_MOUNT_NODEV},
	{"nosuid", HM_MOUNT_NOSUID},
	{"noexec", HM_MOUNT_NOEXEC},
};

static const char *const fstypes[] = {"erofs", "squashfs", "ext4"};

/* "-" alone stands for no label. */
static bool is_label(struct hm_bytes text)
{
	return text.len <= LABEL_MAX_LEN && hm_is_word(text) && !hm_bytes_equal_text(text, no_label);
}

/* "/", or components that cannot climb out of the new root. */
static bool is_mount_point(struct hm_bytes text)
{
	struct hm_bytes rest, part;

	if (text.len == 0 || text.p[0] != '/')
		return false;
	if (text.len == 1)
		return true;
	rest = hm_bytes_of(text.p + 1, text.len - 1);
	while (hm_next_field(&rest, '/', &part)) {
		if (!hm_is_path_component(part))
			return false;
	}
	return true;
}

static bool is_fstype(struct hm_bytes text)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(fstypes); i++) {
		if (hm_bytes_equal_text(text, fstypes[i]))
			return true;
	}
	return false;
}

static bool parse_pcr(struct hm_bytes text, uint32_t *ret)
{
	uint64_t pcr;

	/* PCR 15 is the TLS key's: no layer may stand between the lock and it. */
	if (!hm_parse_dec(text, &pcr) || pcr < HM_PCR_OWNED_FIRST || pcr >= HM_PCR_TLS)
		return false;
	*ret = (uint32_t)pcr;
	return true;
}

static uint32_t option_flag(struct hm_bytes word)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(options); i++) {
		if (hm_bytes_equal_text(word, options[i].word))
			return options[i].flag;
	}
	return 0;
}

static bool parse_options(struct hm_bytes text, uint32_t *ret)
{
	uint32_t flags = 0;
	struct hm_bytes word;

	if (!hm_bytes_equal_text(text, "-")) {
		while (hm_next_field(&text, ',', &word)) {
			uint32_t flag = option_flag(word);

			if (flag == 0 || flags & flag)
				return false;
			flags |= flag;
		}
	}
	*ret = flags;
	return true;
}

static enum hm_err parse_line(struct hm_bytes line, struct hm_layer *ret)
{
	struct hm_layer layer = {.pcr = 0};
	struct hm_bytes pcr, option_list;

	if (!hm_next_field(&line, ' ', &layer.name) || !hm_next_field(&line, ' ', &pcr) ||
	    !hm_next_field(&line, ' ', &layer.data_label) || !hm_next_field(&line, ' ', &layer.hash_label) ||
	    !hm_next_field(&line, ' ', &layer.mount_point) || !hm_next_field(&line, ' ', &layer.fstype) ||
	    !hm_next_field(&line, ' ', &option_list) || line.p)
		return HM_E_LAYERS_SYNTAX;
	if (!hm_is_name(layer.name))
		return HM_E_LAYERS_NAME;
	if (!parse_pcr(pcr, &layer.pcr))
		return HM_E_LAYERS_PCR;
	layer.ram = hm_bytes_equal_text(layer.hash_label, no_label);
	if (!is_label(layer.data_label) || (!layer.ram && !is_label(layer.hash_label)))
		return HM_E_LAYERS_LABEL;
	if (!is_mount_point(layer.mount_point))
		return HM_E_LAYERS_MOUNT;
	if (!is_fstype(layer.fstype))
		return HM_E_LAYERS_FSTYPE;
	if (layer.ram && !hm_bytes_equal_text(layer.fstype, ram_fstype))
		return HM_E_LAYERS_RAM_FSTYPE;
	if (!parse_options(option_list, &layer.options))
		return HM_E_LAYERS_OPTIONS;
	if (layer.ram)
		layer.hash_label = (struct hm_bytes){0};
	*ret = layer;
	return HM_OK;
}

/* An empty label, which layers in RAM have, matches no layer. */
static bool is_label_of(struct hm_bytes label, const struct hm_layer *layer)
{
	return label.len > 0 && (hm_bytes_equal(label, layer->data_label) || hm_bytes_equal(label, layer->hash_label));
}

static enum hm_err check_against(const struct hm_layers *layers, const struct hm_layer *layer)
{
	bool is_root = hm_bytes_equal_text(layer->mount_point, "/");

	if (is_root != (layers->count == 0))
		return HM_E_LAYERS_ROOT;
	if (hm_bytes_equal(layer->data_label, layer->hash_label))
		return HM_E_LAYERS_DUPLICATE;
	for (uint32_t i = 0; i < layers->count; i++) {
		const struct hm_layer *other = &layers->layer[i];

		if (hm_bytes_equal(layer->name, other->name) ||
		    hm_bytes_equal(layer->mount_point, other->mount_point) || is_label_of(layer->data_label, other) ||
		    is_label_of(layer->hash_label, other))
			return HM_E_LAYERS_DUPLICATE;
	}
	return HM_OK;
}

static enum hm_err add_line(struct hm_bytes line, struct hm_layers *layers)
{
	struct hm_layer layer;
	enum hm_err err;

	if (line.len == 0)
		return HM_E_LAYERS_NEWLINE;
	if (layers->count == HM_LAYERS_MAX)
		return HM_E_LAYERS_COUNT;
	err = parse_line(line, &layer);
	if (err)
		return err;
	err = check_against(layers, &layer);
	if (err)
		return err;
	layers->layer[layers->count++] = layer;
	return HM_OK;
}

enum hm_err hm_layers_parse(struct hm_bytes file, struct hm_layers *ret, uint32_t *ret_line)
{
	struct hm_layers layers = {.count = 0};
	struct hm_bytes rest = file, line;
	enum hm_err err = HM_OK;
	uint32_t number = 1;

	if (file.len == 0)
		err = HM_E_LAYERS_EMPTY;
	else if (file.len > HM_LAYERS_FILE_MAX)
		err = HM_E_LAYERS_COUNT;
	while (!err && rest.len > 0) {
		bool more = hm_next_field(&rest, '\n', &line);

		/* hm_next_field leaves no rest behind a line without LF, which can only be the last. */
		err = more && rest.p ? add_line(line, &layers) : HM_E_LAYERS_NEWLINE;
		if (!err)
			number++;
	}
	if (err) {
		*ret_line = number;
		return err;
	}
	*ret = layers;
	return HM_OK;
}

enum hm_err hm_layers_ram_check(uint64_t len)
{
	return len == 0 || len > HM_LAYERS_RAM_MAX ? HM_E_LAYERS_RAM_SIZE : HM_OK;
}

/* The layer may come from a caller that has not parsed a file, so its name is not trusted. */
static enum hm_err set_name(struct hm_record *record, const struct hm_layer *layer)
{
	if (!hm_is_name(layer->name))
		return HM_E_LAYERS_NAME;
	memcpy(record->name, layer->name.p, layer->name.len);
	record->name_len = (uint8_t)layer->name.len;
	return HM_OK;
}

enum hm_err hm_layers_verity_record(const struct hm_layer *layer, const struct hm_gpt_partition *data,
				    const struct hm_gpt_partition *hash, const struct hm_disk *disk,
				    struct hm_record *ret)
{
	struct hm_record record = {.kind = HM_RECORD_LAYER};
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	uint8_t root[HM_VERITY_ROOT_LEN];
	enum hm_err err = set_name(&record, layer);

	if (err)
		return err;
	/* A read past the partition's end would return the next partition's bytes. */
	if (hash->len < sizeof(superblock))
		return HM_E_VERITY_HASH_SHORT;
	err = disk->read(disk->ctx, hash->off, superblock, sizeof(superblock));
	if (err)
		return err;
	hm_verity_root_of_guids(data->guid, hash->guid, root);
	err = hm_verity_decode(hm_bytes_of(superblock, sizeof(superblock)), data->len, hash->len, root, &record.verity);
	if (err)
		return err;
	*ret = record;
	return HM_OK;
}

enum hm_err hm_layers_ram_record(const struct hm_layer *layer, struct hm_bytes content, const struct hm_hasher *hasher,
				 struct hm_record *ret)
{
	struct hm_record record = {.kind = HM_RECORD_RAM, .size = content.len};
	enum hm_err err = hm_layers_ram_check(content.len);

	if (!err)
		err = set_name(&record, layer);
	if (!err)
		err = hasher->hash(hasher->ctx, HM_SHA256, &content, 1, 0, record.sha256);
	if (err)
		return err;
	*ret = record;
	return HM_OK;
}
