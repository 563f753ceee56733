"""Everything that people read in English, by subject.

``{name}`` is filled in; of several forms ``count`` chooses one (:class:`opinia.language.Language`).
"""

from collections.abc import Mapping

# What classes are called.
LABEL = {
    "negative": "negative",
    "positive": "positive",
    "neutral": "neutral",
    "uncertain": "uncertain",
}

# The session, and commands about single texts.
CONSOLE: dict[str, str | dict[str, str]] = {
    "greeting": "Type a film review and press Enter. Ctrl-D ends.",
    "greeting.own": "Type a text {model} and press Enter. Ctrl-D ends.",
    "greeting.two": "Type a text {one} or {other} and press Enter. Ctrl-D ends.",
    "greeting.open": "Type a text and press Enter. Ctrl-D ends.",
    "no_examples": "there is no text to judge; the bundled examples are English film reviews, and this "
    "model has learnt from other texts",
    "end_words": "exit quit",
    "help_words": "help",
    "help": "Answers: {labels}; the figure says how likely it is.\n"
    "  exit, quit, :q    end, as Ctrl-D does\n"
    "  ↑ and ↓           bring back what was typed before\n"
    "  Ctrl-C            drops the line, or a judgement that takes long\n"
    "  help, ?           show this; with a full stop, “help.” is judged as a text\n"
    "A paste of many lines is one text. opinia --help names the other commands.",
    "columns_left": "not shown for want of room: {columns}; --json has them",
    "judging": "judging…",
    "cancelled": "cancelled",
    "pasted": {"one": "[pasted: {count} character]", "other": "[pasted: {count} characters]"},
    "too_long": {
        "one": "the text is too long: {count} character, at most {most}",
        "other": "the text is too long: {count} characters, at most {most}",
    },
    "too_many_words": "the text is too long: {count} words and punctuation marks, at most {most}",
    "warning": "warning: line {line}: {what}",
    "not_utf8": "not valid UTF-8: the invalid bytes were replaced",
    "unsure_lines": "warning: lines without words or with unknown ones: {count} of {lines}",
    "not_utf8_lines": "warning: lines that are not valid UTF-8: {count} of {lines}",
}

# Why an answer should not be trusted.
DOUBT = {
    "no_words": "no words to judge: the answer means nothing",
    "none_known": "the model knows none of these words: the answer means nothing",
    "mostly_unknown": "the model does not know {share} of the words: is the text {model}?",
    "mostly_unknown.open": "the model does not know {share} of the words",
    "other_language": "the text seems to be {found}, and the model reads texts {model} alone",
}

# Languages, as what a text is in.
TONGUE = {
    "or": "or",
    "en": "in English",
    "pl": "in Polish",
    "de": "in German",
    "fr": "in French",
    "es": "in Spanish",
    "it": "in Italian",
    "pt": "in Portuguese",
    "nl": "in Dutch",
    "cs": "in Czech",
    "sv": "in Swedish",
    "ru": "in Russian",
    "uk": "in Ukrainian",
    "tr": "in Turkish",
    "ro": "in Romanian",
    "hu": "in Hungarian",
    "el": "in Greek",
    "ar": "in Arabic",
    "he": "in Hebrew",
    "hi": "in Hindi",
    "th": "in Thai",
    "ko": "in Korean",
    "ja": "in Japanese",
    "zh": "in Chinese",
    "bn": "in Bengali",
    "ta": "in Tamil",
    "ka": "in Georgian",
    "hy": "in Armenian",
    "other": "in another language",
}

# What is said at the end of a table.
TRUST: dict[str, str | dict[str, str]] = {
    "labels": "labels: {labels}",
    "bad": "warning: {count} of {rows} rows could not be judged, see the column {column}; the first "
    "is {first}",
    "late": "from line {line} on the text is {encoding} (guessed); --encoding says it",
    "wordless": "warning: {count} of {rows} texts have no words to judge",
    "placeholders": "; placeholders such as NULL among them: {count}",
    "foreign": "warning: {count} of {rows} texts seem not to be {model}, most of them {most}: their "
    "answers may mean "
    "nothing",
    "unknown": "warning: {count} of {rows} texts have too many words that the model does not know",
    "columns": "texts in the column {text}, labels in {label}; --text-column and --label-column name others",
    "meaning": "{label} is {meaning}",
    "meaning_skip": "{label} is left out",
    "left_out": "warning: {count} of {rows} rows were left out; the first is {first}",
    "skipped": "left out by --label-map: {count} of {rows} rows",
    "mostly_foreign": "warning: most texts are not {model}, which is what the model reads: the "
    "figures say little of it",
    "swapped": "warning: the labels seem to be swapped: AUC is {auc}, far below one half; "
    "--label-map or --labels "
    "turns them round",
    "learnt": "warning: the model seems to have learnt from these texts, and is more often right on them "
    "than on others; judge others, such as own:validation",
    "garbled": "warning: {count} of {rows} texts have letters that a wrong encoding has spoilt, such as "
    "{sign}: --encoding, if it was here; else write the table anew, in UTF-8, where it comes from",
    "miscoded": "warning: {count} of {rows} rows are in another encoding than the others: were two files put "
    "together? Write them anew in one, or name one with --encoding and see what it spoils",
    "threshold": "the model says “{label}” where its probability is above {threshold}: the threshold on its "
    "card",
    "unfinished": "warning: the training in {folder} is not finished, it is at {done} of {wanted} epochs: "
    "this is its best model so far",
    "merged": "warning: {count} of {rows} texts may hold several rows, the first in row {first}: is "
    "a quote not "
    "closed?",
    "written": {"one": "{count} row written to {output}", "other": "{count} rows written to {output}"},
    "clash": "the table has a column {column} already: the added ones begin with {prefix}",
    "joined": "judging the columns {columns}, joined in this order with a full stop",
    "stopped": "stopped; the same call with --resume continues what was saved",
    "parted": "stopped; the same call continues with the parts that are missing",
    "kept": {
        "one": "{count} of {parts} parts was there already",
        "other": "{count} of {parts} parts were there already",
    },
}

# What a check of a table shows.
CHECK: dict[str, str | dict[str, str]] = {
    "form": "form",
    "rows": "rows",
    "texts": "texts",
    "labels": "labels",
    "words": "words",
    "lengths": "{least} to {most} a text, {median} in the middle",
    "duplicates": "duplicates",
    "empty": "empty",
    "blanks": "{empty}, and {marks} that say so (NULL, N/A …)",
    "language": "language",
    "unclear": "unclear",
    "unknown": "unknown",
    "of_words": "{share} of the words",
    "nothing": "without a label",
    "left_out": "left out",
    "columns": "columns",
    "first_rows": "first rows",
    "problems": "problems",
    "line": "line {place}",
    "row": "row {place}",
    "more": {"one": "and {count} more", "other": "and {count} more"},
    "disputed": {
        "one": "warning: {count} row has a text that stands there with another label, too: row {rows}",
        "other": "warning: {count} rows have a text that stands there with another label, too: rows {rows}",
    },
    "labels_warning": "warning: {what}",
}

# What columns hold.
ROLE = {
    "text": "text",
    "label": "labels",
    "number": "numbers",
    "identifier": "identifiers",
    "date": "dates",
    "address": "addresses",
    "category": "categories",
    "empty": "nothing",
    "other": "other",
}

# Which words made an answer: on the terminal and as a page.
EXPLANATION = {
    "side.positive": "for positive",
    "side.negative": "for negative",
    "side": "for “{label}”",
    "other_side": "against “{label}”",
    "points": "{value} points",
    "reading": "reading",
    "curve": "Probability of “{label}” as the text is read",
    "point": "after “{word}”: {share}",
    "phrases": "phrases",
    "no_phrase": "the phrase “{phrase}” is not in the text",
    "nothing.word": "no single word changes the answer",
    "nothing.sentence": "no single sentence changes the answer",
    "legend.word": "{plus} {towards}, {minus} {against}; points: how far the probability of “{label}” falls "
    "without the word, in percentage points",
    "legend.sentence": "{plus} {towards}, {minus} {against}; points: how far the probability of “{label}” "
    "falls without the sentence, in percentage points (the text is long, so sentences are left out "
    "instead of words)",
    "title": "Why this answer?",
    "axis": "words read",
    "model": "model",
    "notes_title": "What this means, and what it does not",
    "notes.1": "The contribution of a word is a difference: the probability of the whole text minus that of "
    "the text without the word. It says what the model does, not what the writer meant.",
    "notes.2": "Contributions do not add up to the answer. If two words say the same, each on its own may "
    "count for nothing, because the other is still there; “not” and “bad” have to be left out together "
    "(--phrase).",
    "notes.3": "If the model is very sure, no single word changes much. A word outside the vocabulary "
    "counts as unknown.",
    "notes.4": "The curve shows the answers to the beginnings of the text, read as if the text ended there. "
    "Nobody wrote those texts.",
}

# Reports of studies, and pictures.
REPORT = {
    "and": "and",
    "interval": "{low} to {high}",
    "epochs": "epochs {first}–{last}",
    "training": "training",
    "validation": "validation",
    "epoch": "epoch",
    "metric.accuracy": "training accuracy",
    "metric.val_accuracy": "validation accuracy",
    "metric.loss": "training loss",
    "metric.val_loss": "validation loss",
    "panel.accuracy": "accuracy",
    "panel.loss": "loss",
    "best_point": "best epoch: {epoch}",
    "run_title": "{name}: batch {batch}, epochs {epochs}",
    "seeds_note": "seeds {seeds}",
    "band": "line: mean over seeds, band: ± 1 sd",
    "same_training": "one training, up to different epochs: {runs}",
    "title": "Study “{name}”: training runs compared",
    "intro": "{runs} runs; with their seeds {records} run folders, from {trainings} trainings. Every "
    "sentence under Conclusions is computed from the histories of the runs, by the rule that stands "
    "below it.",
    "missing": "Incomplete: these runs are not finished and are left out: {runs}.",
    "h.short": "In short",
    "contents": "Contents",
    "h.conclusions": "Conclusions",
    "h.runs": "Runs",
    "h.curves": "Curves",
    "h.differences": "Differences between runs",
    "h.stability": "Stability",
    "h.published": "The published conclusions",
    "h.network": "Network",
    "h.settings": "Settings",
    "rule": "Rule: {rule}",
    "col.run": "run",
    "col.batch": "batch",
    "col.epochs": "epochs",
    "col.seeds": "seeds",
    "col.best": "best val. accuracy",
    "col.best_epochs": "its epoch, by seed",
    "col.final": "final val. accuracy",
    "col.training": "final training accuracy",
    "col.gap": "gap, points",
    "col.onset": "overfitting from epoch",
    "col.volatility": "volatility, points",
    "col.seconds": "s an epoch",
    "col.test": "test accuracy",
    "runs_note": "Mean ± standard deviation over seeds. Gap: training minus validation accuracy of the last "
    "epoch; the training figure is a mean over the epoch, taken while the weights were changing. "
    "Volatility: standard deviation of the epoch-to-epoch changes of validation accuracy, {window}. "
    "Seconds: median, with whatever else the machine was doing.",
    "window": "epochs 11–{last}",
    "no_window": "for which every run is too short",
    "test_note": "Test accuracy is that of each seed's best model, chosen on validation, and taken once "
    "from the ledger of test results.",
    "no_test": "Test accuracy is not known for every run: `opinia study --test` takes it, once a model.",
    "shared": "{runs} are one training, seen up to different epochs. They are paired, not independent: the "
    "best accuracy of the longer cannot be lower than that of the shorter, and they do not confirm each "
    "other.",
    "cascade": "{run} is a cascade, and these figures of validation are those of its large network alone: "
    "with the small one, which answers a share of {share}, accuracy is {accuracy}.",
    "cascade_untold": "{run} is a cascade, and these figures of validation are those of its large network "
    "alone.",
    "noise": "A validation accuracy near {level} on {reviews} reviews has a standard error of {error} "
    "points from the choice of reviews alone. All runs are judged on the same reviews, so differences "
    "between them are known somewhat better than that; the best of many epochs is a little too high for "
    "the same reason.",
    "thin.seeds": "The evidence is too thin for a spread: fewer than {enough} seeds a run. Figures are "
    "given, verdicts are not.",
    "thin.epochs": "The evidence is too thin to judge regression and stability: no run has {enough} epochs.",
    "thin.reviews": "The runs were trained on different reviews, so they are not compared.",
    "v.yes": "Yes",
    "v.no": "No",
    "v.unclear": "Not beyond the spread",
    "v.thin": "Too thin",
    "onset.found": "{run}: overfitting begins in epoch {epoch}. The lowest smoothed validation loss is in "
    "epoch {low}; at the end it lies {rise} % higher, while training loss has fallen. By seed: {seeds}.",
    "onset.few epochs": "{run}: no onset of overfitting can be seen in {epochs} epochs: the lowest smoothed "
    "validation loss is in epoch {low}, with too few epochs after it. By seed: {seeds}.",
    "onset.no rise": "{run}: no onset of overfitting: the validation loss ends {rise} % above its lowest "
    "smoothed value (epoch {low}). By seed: {seeds}.",
    "onset.training loss rises": "{run}: validation loss rises after epoch {low}, but so does training "
    "loss: this is no overfitting. By seed: {seeds}.",
    "onset.none": "none",
    "onset.rule": "mean over seeds, smoothed by a running median of 3 epochs (of equal values, the lower "
    "before smoothing counts); the onset is the epoch after the lowest validation loss, if at least 4 "
    "epochs follow it, the mean of the last 3 epochs lies at least 5 % above it, and training loss ends "
    "lower than it was there. Yes where there is one, too thin where fewer than 4 epochs follow, no "
    "otherwise.",
    "regression.1": "{run}: validation accuracy regresses by {drop} points (interval {between}).",
    "regression.0": "{run}: validation accuracy changes by {change} points, which does not exceed the "
    "spread over seeds (interval of the loss {between}).",
    "regression.-1": "{run}: validation accuracy does not regress; it gains {change} points (interval of "
    "the loss {between}).",
    "regression.thin": "{run}: validation accuracy changes by {change} points.",
    "regression.rule": "mean of epochs 6–10 minus mean of {window}, seed by seed; Student's t, 95 % for the "
    "family of {count} (Bonferroni). Yes where the whole interval lies above 0, no where it lies below, "
    "not beyond the spread otherwise.",
    "stability.1": "{run}: {metric} loses stability after epoch 10: {late} against {early} before (interval "
    "of the change {between}).",
    "stability.0": "{run}: {metric} is not less stable after epoch 10 beyond the spread over seeds: {late} "
    "against {early} before (interval of the change {between}).",
    "stability.-1": "{run}: {metric} is more stable after epoch 10: {late} against {early} before (interval "
    "of the change {between}).",
    "stability.thin": "{run}: the changes of {metric} are {late} after epoch 10 and {early} before.",
    "stability.rule": "standard deviation of the epoch-to-epoch changes into epochs 11–{last}, minus that "
    "into epochs 2–10, seed by seed; Student's t, 95 % for the family of {count} (Bonferroni). "
    "Accuracies in points. Yes where the whole interval lies above 0, no where it lies below, not "
    "beyond the spread otherwise.",
    "least.1": "Least stable is {run} (batch {batch}): {late} points; it differs from every other training "
    "beyond the spread over seeds.",
    "least.0": "{run} (batch {batch}) has the largest mean volatility, {late} points, but it does not "
    "differ from every other training beyond the spread over seeds: {others}.",
    "least.thin": "{run} (batch {batch}) has the largest volatility, {late} points; the others: {others}.",
    "least.rule": "the same window for all, epochs 11–{last}; Welch's t intervals, 95 % for the family "
    "(Bonferroni). Yes if the interval of the largest mean minus each other lies above 0, not beyond "
    "the spread otherwise.",
    "differences.best_val_accuracy": "best validation accuracy",
    "differences.val_accuracy": "final validation accuracy",
    "differences.some": "In {metric} the runs differ by up to {range} points; beyond the spread over seeds: "
    "{pairs}.",
    "differences.none": "In {metric} the runs differ by up to {range} points; no difference exceeds the "
    "spread over seeds.",
    "differences.thin": "In {metric} the runs differ by up to {range} points.",
    "differences.rule": "runs of one training by their paired differences, others by Welch's t; 95 % for "
    "the family of {pairs} pairs (Bonferroni). Yes if the interval of a pair excludes 0, not beyond the "
    "spread if none does. With {seeds} seeds only large differences can show.",
    "pair": "{one} over {other} by {size}",
    "col.one": "run",
    "col.other": "other",
    "col.kind": "kind",
    "col.best_difference": "best, points",
    "col.final_difference": "final, points",
    "col.interval": "interval",
    "paired": "paired",
    "independent": "independent",
    "col.training_runs": "training",
    "col.early": "{metric}, epochs 2–10",
    "col.late": "{metric}, epochs 11–{last}",
    "stability_note": "Standard deviation of epoch-to-epoch changes, mean ± sd over seeds.",
    "published_note": "The published description (docs/published.md in opinia's repository) tells of the "
    "same five runs with Keras, once each as far as is known. Our validation is cut by film from the "
    "training reviews ({reviews} reviews of films that training does not hold); the tutorial that the "
    "network comes from validates on 1,920 reviews of the test split.",
    "published_rule": "One rule makes all verdicts. A conclusion is general, so one case against it is "
    "enough: not confirmed. Where no case is against it, it is confirmed if every case speaks for it, "
    "partly confirmed if some do and others leave it open, and undecided if all leave it open. With "
    "fewer than 3 seeds a run all are undecided. “Beyond the spread” means that the whole interval, 95 "
    "% for the family of cases, lies on that side; figures are compared with bounds as printed.",
    "col.claim": "published conclusion",
    "col.verdict": "verdict",
    "col.figures": "here, case by case",
    "col.rule": "rule of a case",
    "verdict.confirmed": "confirmed",
    "verdict.partly": "partly confirmed",
    "verdict.not confirmed": "not confirmed",
    "verdict.undecided": "undecided",
    "case": "{subject}: {figure}, {says}",
    "case.for": "for",
    "case.against": "against",
    "case.open": "open",
    "claim.overfitting": "overfitting after about 10 epochs",
    "claim.overfitting.rule": "Onset of overfitting, by the rule above. For: in epochs 9 to 13. Against: in "
    "another epoch, or none although at least 4 epochs follow the lowest validation loss. Open: fewer "
    "follow.",
    "claim.stability": "validation metrics lose their stability after that",
    "claim.stability.rule": "Change of the volatility after epoch 10, by the rule above. For: a rise beyond "
    "the spread. Against: a fall beyond the spread. Open: neither.",
    "claim.batch": "batch 32 is the least stable",
    "claim.batch.rule": "Volatility of batch 32 minus that of another, epochs 11–{last}, in points, by the "
    "rule above. For: above 0 beyond the spread. Against: below 0 beyond the spread. Open: neither.",
    "claim.similar": "the runs give very similar results",
    "claim.similar.here": "largest difference {size} points ({one}, {other}); pairs: {on} for, {off} "
    "against, {open} open",
    "claim.similar.rule": "Difference of two runs in best validation accuracy, by the rule above. For: "
    "means at most 1 point apart. Against: further apart, and beyond the spread. Open: further apart, "
    "within the spread.",
    "claim.peak": "validation accuracy peaks near 0.87",
    "claim.peak.rule": "Mean over seeds of the best validation accuracy; Student's t, 95 % for the family "
    "of 5 (Bonferroni). For: a mean within 1 point of 0.87. Against: a mean further away, and the whole "
    "interval, too. Open: a mean further away, but not the whole interval.",
    "claim.regression": "accuracy slightly regresses after 10 epochs",
    "claim.regression.rule": "Mean of epochs 6–10 minus mean of {window}, in points, by the rule above. "
    "For: a fall beyond the spread, by at most 2 points in the mean. Against: a rise beyond the spread, "
    "or a whole interval above 2 points. Open: neither.",
    "batch_is": "batch {batch}: {value}",
    "col.layer": "layer",
    "col.shape": "output shape",
    "col.parameters": "parameters",
    "network_note": "Trainable: {trainable} ({trainable_size}). Optimizer: {optimizer} ({optimizer_size}). "
    "All: {total} ({total_size}).",
    "col.setting": "setting",
    "col.value": "value",
    "setting.optimizer": "Adam, binary cross-entropy",
    "data_note": "Data: {source}; {train} reviews to train on, {validation} reviews of {movies} other films "
    "to validate on. Fingerprint {fingerprint}.",
    "environment_note": "Environment: {versions}; {device}; threads a run: {threads}.",
    "image.run": "Accuracy and loss of {run} over epochs",
    "image.all": "{metric} of all runs over epochs",
    "data_beside": "data",
    "q.evidence": "What the figures can tell",
    "q.onset": "From which epoch does the network overfit?",
    "q.regression": "Does validation accuracy regress after that?",
    "q.stability": "Is stability lost after epoch 10?",
    "q.least": "Which training is least stable?",
    "q.differences": "Do the runs differ by more than their seeds?",
    "panel_title": "{panel} (validation at best epoch: {value})",
    "learning.title": "Accuracy by number of texts",
    "learning.network": "network, with a 95 % interval",
    "learning.linear": "tf-idf and logistic regression",
    "learning.texts": "texts learnt from",
    "quality.reliability": "Is the model as sure as it should be?",
    "quality.reliability_note": "{reviews} reviews, accuracy {accuracy}, calibration error (ECE) {ece}, NLL "
    "{nll}",
    "quality.accuracy": "accuracy",
    "quality.confidence": "confidence (probability of the answer)",
    "quality.gap": "difference between accuracy and confidence",
    "quality.bin": "reviews of similar confidence, with their 95 % interval",
    "quality.ideal": "perfectly calibrated",
    "quality.reviews": "reviews",
    "quality.lengths": "Accuracy by length",
    "quality.words": "words of the review, from the shortest to the longest of its group",
    "quality.all": "all reviews: {accuracy}",
    "quality.interval": "group, with its 95 % interval",
    "quality.confusion": "What was taken for what?",
    "quality.confusion_note": "{reviews} texts, accuracy {accuracy}, macro F1 {macro}",
    "quality.answer": "answer (numbers as in the rows)",
    "quality.truth": "true class",
    "quality.undrawn": "no font here has the letters of {numbers}: the names stand in confusion.csv",
    "quality.group_size": "{sizes} reviews a group",
}

# The page of opinia serve; an object of forms is chosen from by ``count``.
PAGE: dict[str, str | dict[str, str]] = {
    "skip": "Skip to the content",
    "navigation": "Pages",
    "nav_review": "One review",
    "nav_texts": "Several",
    "nav_training": "Training",
    "language": "Language",
    "theme_auto": "Theme: same as the system",
    "theme_light": "Theme: light",
    "theme_dark": "Theme: dark",
    "title_review": "What does this review say?",
    "lead_review": "Type or paste a film review in English. The network reads it as you type and shows "
    "which words moved it.",
    "title_review_own": "What does this text say?",
    "lead_review_own": "Type or paste a text {language}. The network reads it as you type and shows "
    "which words moved it.",
    "lead_review_open": "Type or paste a text. The network reads it as you type and shows which words moved "
    "it.",
    "or": "or",
    "text_label": "Your review, in English",
    "text_label_own": "Your text, {language}",
    "text_label_open": "Your text",
    "placeholder_own": "Type or paste a text …",
    "placeholder": "I went in expecting very little …",
    "characters": {"one": "{count} character", "other": "{count} characters"},
    "to_texts": "Add to the list",
    "clear": "Clear",
    "undo": "Undo",
    "close": "Close",
    "undo_cleared": "The text was cleared.",
    "undo_replaced": "The text was replaced.",
    "undo_taken": "The text is back.",
    "undo_removed": {"one": "{count} text was removed.", "other": "{count} texts were removed."},
    "examples": "Try one:",
    "example_warm": "praise",
    "example_harsh": "a harsh review",
    "example_turn": "a change of mind",
    "example_irony": "irony",
    "example_not": "a negation",
    "legend_for": "points to positive",
    "legend_against": "points to negative",
    "legend_for_class": "points to “{label}”",
    "legend_against_class": "points away from “{label}”",
    "explain_class": "Explain:",
    "explain_answer": "the answer",
    "legend_strength": "the stronger the colour, the greater the effect",
    "explaining": "Finding the words that matter…",
    "tint_too_long": "The text is too long to highlight or explain; the verdict is for the whole text.",
    "verdict_region": "Verdict",
    "verdict_none": "Nothing to judge yet",
    "verdict_waits": "Judging…",
    "verdict_hint": "The verdict appears here as you type.",
    "sure": "{share} sure",
    "undecided": "undecided",
    "leans": "leans to {label}: {share}",
    "read_by": "read by {model}",
    "spoken": "Verdict: {label}, {share}.",
    "gauge": "Probability of positive: {share}",
    "gauge_class": "Probability of “{label}”: {share}",
    "gauge_empty": "Probability of positive: not known yet",
    "gauge_empty_class": "Probability of “{label}”: not known yet",
    "bars": "Probability of each class",
    "bars_more": "and {count} more",
    "no_words": "There are no words to judge: the answer means nothing.",
    "none_known": "The model knows none of these words: the answer means nothing.",
    "other_language_named": "The text seems to be {found}, and the model reads texts {language}: the answer "
    "may mean nothing.",
    "other_language": "The text does not seem to be in the model's language: the answer may mean nothing.",
    "mostly_unknown": "The model does not know {share} of the words. Is the text {language}?",
    "mostly_unknown_signs": "The model does not know {share} of the words and signs, emoji among them.",
    "mostly_unknown_open": "The model does not know {share} of the words.",
    "curve_title": "How the verdict forms",
    "curve_word": "Probability of positive after each word. Point at it, or use the arrow keys.",
    "curve_word_class": "Probability of “{label}” after each word. Point at it, or use the arrow keys.",
    "curve_sentence_class": "Probability of “{label}” as the text is read. Point at it, or use the "
    "arrow keys.",
    "curve_sentence": "Probability of positive as the text is read. Point at it, or use the arrow keys.",
    "curve_label": "Reading curve",
    "curve_point": "after “{word}”: {share} positive",
    "curve_point_class": "after “{word}”: {share} for “{label}”",
    "strongest_title": "What matters most",
    "strongest_lead": "How far the answer would move the other way without it, in percentage points.",
    "strongest_none": "No single part of the text changes the verdict.",
    "points": "{points} pts",
    "piece": "“{word}”: {points} points",
    "model": "Model",
    "model_none": "not known yet",
    "model_accuracy": "accuracy on test reviews",
    "model_accuracy_texts": "accuracy on test texts",
    "model_val_accuracy": "accuracy on validation reviews",
    "model_val_accuracy_texts": "accuracy on validation texts",
    "model_val_loss_texts": "loss on validation texts",
    "model_val_loss": "loss on validation reviews",
    "model_parameters": "parameters",
    "model_size": "size",
    "model_vocabulary": "words known",
    "model_learnt_from": "trained on",
    "model_reviews": {"one": "{count} review", "other": "{count} reviews"},
    "model_texts": {"one": "{count} text", "other": "{count} texts"},
    "model_classes": "classes",
    "model_limits": "English film reviews; other kinds of text and other languages are outside what it has "
    "learnt.",
    "model_limits_sample": "Synthetic film reviews, made by a small grammar; real texts are outside what it "
    "has learnt.",
    "model_limits_general": "Opinions in English, from a word to a review. It says positive or negative of "
    "texts without an opinion, too, then near one half; irony and mixed feelings are often missed.",
    "model_limits_polish": "Opinions in Polish, from a word to a review, above all of films, hotels, doctors "
    "and things. It says positive or negative of texts without an opinion, too; irony is often missed.",
    "model_reads_both": "Two models, and each text is read by that of its language.",
    "model_limits_other": "Texts like those that it was trained on; others are outside what it has learnt.",
    "model_card": "The model's card",
    "card_lead": "What the model has read, how right it is on what, how well it knows that, and what it "
    "gets wrong.",
    "card_unknown": "There is no model called “{name}” here. Choose one of those that there are.",
    "card_whole": "The card of {name}",
    "card_tested": "Right on {share} of {count} film reviews, a test that was never read in training (95 % "
    "interval {low} to {high}).",
    "card_validated": "Right on {share} of {count} texts that were held out in training (95 % interval "
    "{low} to {high}); epochs were chosen on them, so on others it may be a little less.",
    "card_not_measured": "How right it is stands nowhere on its card.",
    "card_licence": "licence",
    "card_speed": "reviews a second",
    "card_machine": {"one": "on {cpu}, {count} core", "other": "on {cpu}, {count} cores"},
    "card_start": "from start to the first answer",
    "card_seconds": "{seconds} s",
    "card_read_title": "What it has read",
    "card_read": {
        "one": "{count} text with a label, {share} of them positive.",
        "other": "{count} texts with a label, {share} of them positive.",
    },
    "card_held_out": {
        "one": "{count} more was held out, to choose by.",
        "other": "{count} more were held out, to choose by.",
    },
    "card_unlabelled": {"one": "{count} without a label.", "other": "{count} without a label."},
    "card_dropped": {
        "one": "{count} was left out because it stands in the test, too.",
        "other": "{count} were left out because they stand in the test, too.",
    },
    "card_set": "Kind of text",
    "card_count": "Texts",
    "card_accuracy": "Right",
    "card_interval": "95 % interval",
    "card_between": "95 % interval: {low} to {high}",
    "card_not_learnt": "never read in training",
    "card_kinds": "How right it is on each kind of text",
    "card_kinds_lead": "On texts that were held out; the band is the 95 % interval (Wilson). A hollow dot "
    "is a kind of text that the model has not learnt from.",
    "card_reliability": "Does it know how sure it may be?",
    "card_reliability_said": "On average the certainty that it states and its share of right answers are "
    "{gap} points apart. Of {all} answers it was more than {sure} sure of {count}, and {right} of those "
    "were right.",
    "card_reliability_lead": "On the line a model is right as often as it says. Each dot stands for the "
    "answers that are about equally sure; larger ones are more. Bars are 95 % intervals.",
    "card_reliability_picture": "Share of right answers by stated certainty",
    "card_sure": "how sure it says it is",
    "card_bin": {
        "one": "{count} answer: {sure} sure, {right} right",
        "other": "{count} answers: {sure} sure on average, {right} right",
    },
    "card_lengths": "Short and long texts",
    "card_lengths_lead": "Groups of about as many held-out texts each, by their number of words.",
    "card_words": "Length",
    "card_length": {"one": "{from}–{count} word", "other": "{from}–{count} words"},
    "card_length_of": {"one": "{count} word", "other": "{count} words"},
    "card_behaviour": "What it can do",
    "card_behaviour_said": "It passes {passed} of {cases} checks that nothing was tuned on: short texts of "
    "our own, each for one thing that a reader can do.",
    "card_capability": "Capability",
    "card_passed": "Passed",
    "card_of": "{passed} of {cases}",
    "card_failures": "What it gets wrong",
    "card_failures_lead": "The other half of the checks, on which it was tuned: these it does not pass.",
    "card_failures_none": "It passes all of the other half of the checks, on which it was tuned.",
    "card_failures_more": {"one": "{count} more", "other": "{count} more"},
    "card_says": "{share} positive",
    "card_aim_label": "It is {label}.",
    "card_aim_direction": "The change should move the answer: {label}.",
    "card_aim_neutral": "It holds no opinion: the answer should be near one half.",
    "card_aim_steady": "What was changed does not matter: the answer should stay.",
    "card_aim_same_label": "What was changed does not matter: the verdict should stay.",
    "card_try": "Try it",
    "card_try_it": "Try it: {text}",
    "card_everything": "Everything on the card",
    "card_everything_lead": "As it stands in the model file: data, recipe, versions.",
    "card_json": "The card as JSON",
    "known_wrong": "This example is known, and the model gets it wrong.",
    "known_wrong_more": "What else it gets wrong",
    "kind_imdb": "film reviews (IMDB)",
    "kind_imdb_unlabelled": "film reviews, labelled by a teacher",
    "kind_imdb_sentences": "sentences of film reviews",
    "kind_imdb_pieces": "more sentences of film reviews",
    "kind_amazon4": "product reviews",
    "kind_amazon4_titles": "titles of product reviews",
    "kind_amazon4_sentences": "sentences of product reviews",
    "kind_pros_cons": "pros and cons of products",
    "kind_goemotions": "comments (Reddit)",
    "kind_tweets_rated": "tweets",
    "kind_news_rated": "sentences of news",
    "kind_developer_posts": "posts of developers",
    "kind_post_sentences": "sentences of such posts",
    "kind_vader_words": "words of a lexicon",
    "kind_grammar": "sentences of a grammar",
    "kind_hotels": "sentences on hotels",
    "kind_medicine": "sentences on doctors",
    "kind_reviews": "whole reviews",
    "kind_review_sentences": "sentences of reviews",
    "kind_wordnet_examples": "sentences with one word's sentiment",
    "kind_polvader_words": "words of a Polish lexicon",
    "check_short_words": "short words",
    "check_plain_sentences_about_films": "plain sentences about films",
    "check_plain_sentences_about_other_things": "plain sentences about other things",
    "check_idioms": "idioms",
    "check_negation_of_the_bad": "negation of the bad",
    "check_negation_of_the_good": "negation of the good",
    "check_double_negation": "double negation",
    "check_contrast": "contrast",
    "check_intensity": "intensity",
    "check_weakening_words": "weakening words",
    "check_comparison_with_expectations": "comparison with expectations",
    "check_change_over_time": "change over time",
    "check_questions_and_irony": "questions and irony",
    "check_ratings": "ratings",
    "check_lengthened_words": "lengthened words",
    "check_emoticons_and_emoji": "emoticons and emoji",
    "check_neutral_sentences": "neutral sentences",
    "check_names_places_and_numbers_changed": "names, places and numbers changed",
    "check_typing_errors": "typing errors",
    "check_upper_and_lower_case": "upper and lower case",
    "check_punctuation_missing_or_doubled": "punctuation missing or doubled",
    "check_long_and_mixed_with_a_clear_conclusion": "long and mixed, with a clear conclusion",
    "check_one_line_verdicts_on_films": "one-line verdicts on films",
    "check_other_things": "other things",
    "check_without_diacritics": "without diacritics",
    "kilobytes": "{count} kB",
    "megabytes": "{count} MB",
    "title_texts": "Several reviews at once",
    "lead_texts": "Paste as many as you like, one per line. Each gets a verdict, and you can download them "
    "as a table.",
    "add_label": "Reviews in English, one per line",
    "add_placeholder": "A warm, funny and beautifully acted film.\nDull, far too long, and badly written.",
    "title_texts_own": "Several texts at once",
    "lead_texts_own": "Paste as many as you like, one per line. Each gets a verdict, and you can "
    "download them as a table.",
    "add_label_own": "Texts {language}, one per line",
    "add_label_open": "Texts, one per line",
    "add_placeholder_own": "One text per line",
    "add": "Judge",
    "add_examples": "Use the examples",
    "add_keys": "Ctrl + Enter to judge",
    "results": "Verdicts",
    "results_summary": "{texts}: {positive} positive, {negative} negative",
    "results_summary_class": "{texts}: {counts}",
    "results_undecided": {"one": "{count} undecided", "other": "{count} undecided"},
    "results_waiting": {"one": "{count} waiting", "other": "{count} waiting"},
    "results_doubtful": {"one": "{count} doubtful", "other": "{count} doubtful"},
    "results_failed": {"one": "{count} not judged", "other": "{count} not judged"},
    "texts": {"one": "{count} text", "other": "{count} texts"},
    "column_text": "Review",
    "column_text_own": "Text",
    "column_verdict": "Verdict",
    "column_probability": "Positive",
    "column_probability_class": "Probability",
    "download": "Download CSV",
    "remove": "Remove",
    "remove_one": "Remove: {text}",
    "remove_all": "Remove all",
    "more": "Show {count} more",
    "waiting": "waiting",
    "not_judged": "not judged",
    "nav_file": "A file",
    "title_file": "A whole table at once",
    "lead_file": "Drop a table of reviews or other texts. Each row gets a verdict; then look at the "
    "angriest, the "
    "doubtful, or those that a label contradicts, and take the table home with its answers.",
    "file_no_server": "Tables are judged by a server, and there is none that takes any. `opinia score` does "
    "the "
    "same in a terminal.",
    "file_invite": "Drop a table here",
    "file_choose": "Choose a file",
    "file_drop_here": "Drop the table to have it judged",
    "file_formats": "CSV, TSV, Excel, OpenDocument, JSON, JSON Lines, Parquet, SQLite or plain text, also "
    "compressed",
    "file_bounds": "up to {size} and {rows} rows",
    "file_privacy": "The table goes to this server and nowhere else. It is deleted there when you remove it "
    "or leave "
    "the page, at the latest {minutes} minutes after the page last asked for it.",
    "file_progress": "Progress",
    "file_cancel": "Cancel",
    "file_sending": "Sending {name} …",
    "file_reading": "Looking at {name} …",
    "file_several": "One table at a time: drop a single file.",
    "file_too_large": "The file has {size}, and this server takes {most}. `opinia score` reads tables of "
    "any size.",
    "file_failed": "The table could not be judged to its end.",
    "file_stopped": "Stopped: the rows below are those that were judged so far.",
    "file_gone": "The server does not have this table any more. Drop it again.",
    "file_refused": "The server cannot take this.",
    "file_unreadable": "The table cannot be read like this.",
    "file_found": {
        "one": "{rows}, {count} column; {format}, {encoding}",
        "other": "{rows}, {count} columns; {format}, {encoding}",
    },
    "file_rows": {"one": "{count} row", "other": "{count} rows"},
    "file_bad": {
        "one": "{count} row cannot be read; it stays in the table, without a verdict.",
        "other": "{count} rows cannot be read; they stay in the table, without a verdict.",
    },
    "file_which_texts": "Which column holds the texts?",
    "file_texts": "To be judged: {names}",
    "file_texts_none": "Choose the column of texts below; of several the texts are joined.",
    "file_which_label": "Labels to compare with, if there are any",
    "file_no_label": "none",
    "file_label_hint": "With labels you see accuracy, and the surest mistakes first.",
    "file_label_unclear": "It is not clear what these labels mean: {labels}. Without a meaning there are no "
    "figures.",
    "file_take_map": "Use {map}",
    "file_map": "What the labels mean",
    "file_skip": "left out",
    "file_how": "How the table is read",
    "file_part": "Sheet, or file in an archive",
    "file_encoding": "Encoding",
    "file_delimiter": "Between cells",
    "file_finds": "as found",
    "file_sign_comma": "comma",
    "file_sign_semicolon": "semicolon",
    "file_sign_tab": "tab",
    "file_sign_pipe": "vertical bar",
    "file_sign_none": "nothing",
    "file_header": "First row",
    "file_header_yes": "names the columns",
    "file_header_no": "is a row like others",
    "file_again": "Read again",
    "file_judge": {"one": "Judge {count} row", "other": "Judge {count} rows"},
    "file_other": "Another file",
    "file_download": "Download with answers",
    "file_stop": "Stop",
    "file_columns": "Columns",
    "file_remove": "Remove the table",
    "file_about": "Column {texts}, judged by {model}",
    "file_waiting": "Waiting for another table on this server …",
    "file_judged": "{judged} of {rows} judged, {share}",
    "file_shown": {"one": "{shown} of {count} row", "other": "{shown} of {count} rows"},
    "file_filters": "Filter",
    "file_histogram": "How positive",
    "file_histogram_pair": "From one class to the other",
    "file_histogram_many": "How sure",
    "file_bin": "{low} to {high}",
    "file_bin_count": {"one": "{bin}: {count} row", "other": "{bin}: {count} rows"},
    "file_facet_verdict": "Verdict",
    "file_facet_agreement": "Compared with the label",
    "file_facet_truth": "Label",
    "file_facet_doubt": "Doubtful because of",
    "file_facet_language": "Language",
    "file_facet_length": "Length",
    "file_right": "right",
    "file_wrong": "wrong",
    "file_doubt_no_words": "no words",
    "file_doubt_none_known": "no known word",
    "file_doubt_language": "another language",
    "file_doubt_unknown": "mostly unknown words",
    "file_length_0": "up to 10 words",
    "file_length_1": "11 to 50",
    "file_length_2": "51 to 150",
    "file_length_3": "151 to 400",
    "file_length_4": "more than 400",
    "file_language_other": "another",
    "file_let_go": "No longer only: {name}",
    "file_all": "Show all",
    "file_truth": "Against the labels",
    "file_accuracy_none": "No row that is shown has a label and a verdict.",
    "file_accuracy_about": {
        "one": "{right} of {count} row is right; 95 % interval {low} to {high}",
        "other": "{right} of {count} rows are right; 95 % interval {low} to {high}",
    },
    "file_label": "Label",
    "file_confusion": "Rows: labels. Columns: verdicts.",
    "file_confused": "{truth}, judged {answer}",
    "file_confused_count": {
        "one": "labelled {truth}, judged {answer}: {count} row",
        "other": "labelled {truth}, judged {answer}: {count} rows",
    },
    "file_search": "Search in all columns",
    "file_order": "Order",
    "file_order_wrong": "surest mistakes first",
    "file_order_angry": "angriest first",
    "file_order_happy": "happiest first",
    "file_order_class": "most “{label}” first",
    "file_order_unsure": "least sure first",
    "file_order_sure": "surest first",
    "file_order_long": "longest first",
    "file_order_short": "shortest first",
    "file_order_file": "as in the file",
    "file_keys": "Arrow keys move, Enter opens a row.",
    "file_paper": "Rows {first} to {last} of {count}, in this order",
    "file_list": {"one": "{count} row", "other": "{count} rows"},
    "file_number": "row {row}",
    "file_words": {"one": "{count} word", "other": "{count} words"},
    "file_doubtful": "doubtful",
    "file_mark_right": "as labelled",
    "file_mark_wrong": "label: {label}",
    "file_row": "Row {row} ({place} of {count})",
    "file_row_failed": "The row cannot be explained now.",
    "file_row_right": "as labelled",
    "file_row_wrong": "the label says {label}",
    "row_before": "Before",
    "row_after": "Next",
    "row_text": "Text of the row",
    "row_take": "Open in One review",
    "disagree": "Wrong?",
    "disagree_is": "It is {label}",
    "disagree_choose": "It is …",
    "disagree_kept": "Noted on this device: {label}",
    "disagree_full": "This device has no room for it, or keeps nothing for this page.",
    "corrections": {
        "one": "{count} correction on this device",
        "other": "{count} corrections on this device",
    },
    "corrections_save": "Save as CSV for opinia evaluate and train",
    "corrections_forget": "Forget them",
    "undo_corrections": {
        "one": "{count} correction was forgotten.",
        "other": "{count} corrections were forgotten.",
    },
    "whatif": "What if …",
    "whatif_lead": "Choose a word, with Shift as far as another, and leave it out, negate it, or put "
    "another in "
    "its place.",
    "whatif_words": "Words of the text",
    "whatif_strike": "Leave out",
    "whatif_negate": "Negate",
    "whatif_other": "other words",
    "whatif_swap": "Swap",
    "whatif_without": "without “{was}”",
    "whatif_negated": "“{other}”",
    "whatif_swapped": "“{was}” → “{other}”",
    "whatif_base": "as it stands",
    "whatif_use": "Use",
    "whatif_use_one": "Use the text: {name}",
    "compare": "Beside another model",
    "compare_none": "none",
    "compare_text": "The text as {model} reads it",
    "share": "Share",
    "share_about": "The link holds the text itself, in a part of the address that is sent to no server.",
    "share_link": "Copy a link",
    "share_text": "Copy as text",
    "share_markdown": "as Markdown",
    "share_json": "as JSON",
    "share_png": "PNG",
    "share_svg": "SVG",
    "share_html": "HTML page",
    "share_copied": "Copied.",
    "share_not_copied": "The browser does not let the page copy.",
    "share_saved": "Saved.",
    "share_failed": "That did not work.",
    "share_too_long": "The text is too long for a link.",
    "share_broken": "The link is damaged, or not of this page.",
    "share_model": "judged by {model}",
    "share_word": "part",
    "share_effect": "effect",
    "title_training": "How the networks learnt",
    "lead_training": "Accuracy and loss after each epoch, on the reviews they learnt from and on those held "
    "out.",
    "study": "Study",
    "study_unknown": "There is no study called “{name}” here. Choose one of those that there are.",
    "study_about": {"one": "{count} run", "other": "{count} runs"},
    "runs": "Runs",
    "runs_all": "All",
    "runs_none": "None",
    "train_curve": "training",
    "validation_curve": "validation",
    "no_studies": "There are no studies to show. Start the server with a folder of studies: opinia serve "
    "--studies DIR",
    "runs_left_out": "Left out because their files are damaged: {runs}",
    "no_runs": "This study has no finished run yet.",
    "accuracy": "Accuracy",
    "loss": "Loss",
    "epoch": "Epoch",
    "epoch_at": "Epoch {epoch}",
    "best_epoch": "Best epoch",
    "best_accuracy": "Its validation accuracy",
    "best_loss": "Its validation loss",
    "run": "Run",
    "run_seed": "seed {seed}",
    "run_seeds": {"one": "{count} seed", "other": "{count} seeds"},
    "run_open": "{name}: settings and seeds",
    "run_going": "epoch {epoch} of {epochs}",
    "run_defaults": "All other settings are the defaults.",
    "run_seconds": "{seconds} s an epoch, the median.",
    "conclusions": "What follows",
    "conclusions_note": "Computed from the finished runs; each question opens its sentences and the rule.",
    "conclusions_none": "No run is finished yet.",
    "chart": "{metric} after each epoch. Use the arrow keys to move between epochs.",
    "chart_nothing": "no run is selected",
    "recipe_batch_size": "Batch",
    "recipe_epochs": "Epochs",
    "recipe_seed": "Seed",
    "footer": "Your texts go to this server and nowhere else.",
    "footer_api": "HTTP interface",
    "title_interface": "For programs",
    "lead_interface": "What this page does, any program can: texts go in as JSON, and answers come back as "
    "JSON.",
    "interface_analyse": "Judge texts",
    "interface_explain": "Explain one answer",
    "interface_models": "List the models",
    "interface_all": "All requests and answers, as an OpenAPI document (JSON)",
    "key_title": "This server asks for a key",
    "key_lead": "It is kept in this tab only and forgotten when you close it.",
    "key_label": "API key",
    "key_use": "Use it",
    "key_later": "Later",
    "key_wrong": "The server does not accept this key.",
    "enter_key": "Enter the key",
    "error_unreachable": "The server does not answer. What you typed is kept; the page goes on as soon as "
    "the server is back.",
    "error_busy": "The server is busy. What you typed is kept; the page tries again in a moment.",
    "error_key": "The server asks for an API key.",
    "error_too_large": "This is more than the server accepts at once.",
    "error_input": "The server cannot judge this text.",
    "error_other": "The server reports an error.",
    "error_page": "Something went wrong on this page.",
    "back": "The server is back.",
}
# In place of the page's words where it has no server.
STATIC: dict[str, str | dict[str, str]] = {
    "footer": "Your texts stay in this browser: the networks run here, and nothing is sent anywhere.",
    "error_unreachable": "The network cannot be loaded. What you typed is kept; the page goes on as soon "
    "as it is there.",
    "error_too_large": "This is more than can be judged here.",
    "error_input": "This text cannot be judged.",
    "error_other": "The network failed.",
    "back": "The network is loaded.",
}

# How a table is written, and what becomes of it.
TABLE: dict[str, str | dict[str, str]] = {
    "comma": "commas",
    "semicolon": "semicolons",
    "tab": "tabs",
    "pipe": "vertical bars",
    "space": "spaces",
    "none": "one column",
    "other": "{sign} between cells",
    "quoting.backslash": "quotes after a backslash",
    "quoting.none": "no quoting",
    "quoting.single": "single quotes",
    "quoting.bare": "backslashes and no quoting",
    "header.line": "header",
    "header.short": "a header without the first column (R)",
    "header.none": "no header",
    "wrapped": "rows that stood in quotes as a whole (Excel), taken out of them",
    "sheet": 'sheet "{name}"',
    "above": {"one": "{count} line above it", "other": "{count} lines above it"},
    "guessed": "{what} (guessed)",
    "column": 'judging column "{column}"',
}

# A threshold that was chosen.
THRESHOLD = {
    "f1": "--threshold {threshold} has the highest F1 of “{label}” on these texts",
    "cost": "--threshold {threshold} costs least on these texts",
    "chosen": "note: the threshold was chosen on {data}, so the figures here are those that it was chosen "
    "for, and a little too good; take final ones on other texts, with --threshold",
    "test": "warning: {data} is what the model is tested on, and a threshold that is chosen there makes its "
    "figures there too good: choose on validation",
    "learnt": "warning: the model has learnt from {data}, where it is surer than elsewhere: choose the "
    "threshold on validation",
}

# What a model is wrong about or unsure of: in the terminal and as a page.
MISTAKES: dict[str, str | dict[str, str]] = {
    "title": "What the model gets wrong",
    "of": "{model} on {data}",
    "folds": {"one": "{count} fold", "other": "{count} folds"},
    "explaining": "explaining",
    "found.wrong": {
        "one": "{count} of {rows} texts is answered wrongly",
        "other": "{count} of {rows} texts are answered wrongly",
    },
    "found.unsure": {
        "one": "{count} is answered rightly, but narrowly",
        "other": "{count} are answered rightly, but narrowly",
    },
    "found.suspect": {
        "one": "{count} label is suspect: the model is confident of another class",
        "other": "{count} labels are suspect: the model is confident of another class",
    },
    "left": {
        "one": "{count} more is not listed; --most lists more",
        "other": "{count} more are not listed; --most lists more",
    },
    "tile.rows": "texts judged",
    "tile.wrong": "answered wrongly",
    "tile.unsure": "right, but unsure",
    "tile.suspect": "labels to check",
    "confused": "Most often confused",
    "list": "The worst first",
    "show": "Show",
    "kind.all": "all",
    "kind.wrong": "wrong",
    "kind.unsure": "unsure",
    "kind.suspect": "label to check",
    "legend": "Blue words speak for the answer, orange underlined ones against it. Numbers are percentage "
    "points: "
    "how far the probability of the answer falls without the word.",
    "row": "Row {row}",
    "label": "label",
    "answer": "answer",
    "towards": "For “{label}”:",
    "against": "Against “{label}”:",
    "why.nothing": "no single part of the text changes the answer",
    "why.long": "the text is too long to be explained",
    "doubt.no_words": "no words to judge: the answer means nothing",
    "doubt.none_known": "the model knows none of these words: the answer means nothing",
    "doubt.mostly_unknown": "the model does not know most of these words",
    "doubt.other_language": "the text seems to be in another language than the model's",
    "none": "There is nothing to list: every answer is right, and none of them narrowly.",
    "notes_title": "What this means, and what it does not",
    "notes.1": "Texts are ranked by margin: the probability of their label minus that of the likeliest other "
    "class. Wrong answers that the model is surest of stand first; behind the wrong ones come right "
    "answers that "
    "were narrow.",
    "notes.2": "A label is to be checked where the model is confident of another class: at least as sure "
    "of it as it "
    "is of that class's own texts on average (confident learning: Northcutt, Jiang and Chuang 2021). That "
    "is a "
    "question to a person, not a verdict: rare and ironic texts are among them.",
    "notes.3": "The contribution of a word says what the model does, not what the writer meant; "
    "contributions do not "
    "add up to the answer.",
    "maybe": "Where the model has learnt from these texts it knows their labels, right or wrong, and hides "
    "the wrong "
    "ones: judge others, such as own:validation.",
    "learnt": "warning: the model seems to have learnt from these texts: it knows their labels, right or "
    "wrong, and "
    "hides the wrong ones; judge others, such as own:validation",
}

WORDS: Mapping[str, Mapping[str, str | Mapping[str, str]]] = {
    "label": LABEL,
    "console": CONSOLE,
    "doubt": DOUBT,
    "tongue": TONGUE,
    "trust": TRUST,
    "check": CHECK,
    "role": ROLE,
    "explanation": EXPLANATION,
    "report": REPORT,
    "page": PAGE,
    "static": STATIC,
    "table": TABLE,
    "threshold": THRESHOLD,
    "mistakes": MISTAKES,
}
