/* Snapshots as text, through everything that is made of a snapshot: facts, names and findings. */
#include "base/error.h"
#include "findings/findings.h"
#include "findings/rule.h"
#include "fuzz.h"
#include "inspect/source_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "ctxtrace-snapshot 1\n";
    static struct fuzz_file file;
    struct error error = {.sentence = ""};
    const struct thresholds thresholds = thresholds_default();
    uint8_t *text = malloc(sizeof head - 1 + size);
    if (!text)
        abort();
    memcpy(text, head, sizeof head - 1);
    if (size)
        memcpy(text + sizeof head - 1, data, size);
    fuzz_file_write(&file, text, sizeof head - 1 + size);
    free(text);
    fuzz_clock_start();
    struct session *session = session_open(file.path, NULL, &error);
    if (!session)
        abort();
    struct snapshot *snapshot = session_take(session, &error);
    if (snapshot)
        findings_free(findings_check(snapshot, &thresholds, NULL));
    else if (!error.sentence[0])
        abort();
    snapshot_free(snapshot);
    session_close(session);
    fuzz_clock_stop();
    return 0;
}
