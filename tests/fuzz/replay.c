/* replay.c - runs a target over kept inputs, without libFuzzer: replay NAME DIRECTORY… prints one line of
 * TAP. */
#include "fuzz.h"

#include <dirent.h>

/* The input in memory of its exact size, so that the sanitizer sees a byte read too far. */
static int run_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return -1;
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    rewind(in);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    size_t n = data && size > 0 ? fread(data, 1, (size_t)size, in) : 0;
    fclose(in);
    if (n == (size_t)size) {
        fprintf(stderr, "%s\n", path); /* the last line before a crash names it */
        LLVMFuzzerTestOneInput(data, n);
    }
    free(data);
    return n == (size_t)size ? 0 : -1;
}

static int run_folder(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char file[4096];
        if (e->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (run_file(file)) {
            fprintf(stderr, "%s cannot be read\n", file);
            exit(1);
        }
        count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 2; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%s - fuzz/%s: %d kept inputs\n", count ? "ok" : "not ok", argc > 1 ? argv[1] : "?", count);
    return !count;
}
