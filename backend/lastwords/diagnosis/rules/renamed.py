"""Names and arguments that a newer release of a library took away, and the release before it.

A row is what the message names, and what to install for code that still uses it. Only what the
library's own notes call removed or renamed: a name that it never had is a bug in the code.
"""

import re

from lastwords.diagnosis.case import Case
from lastwords.diagnosis.rules.advice import Values
from lastwords.diagnosis.rules.rule import Rule

_OF_LIGHTNING = (
    r"gpus|tpu_cores|auto_select_gpus|progress_bar_refresh_rate|weights_summary|"
    r"checkpoint_callback|auto_lr_find|auto_scale_batch_size|replace_sampler_ddp|amp_backend|"
    r"terminate_on_nan|flush_logs_every_n_steps|process_position|num_processes|distributed_backend"
)
_OF_TENSORFLOW_1 = (
    r"Session|placeholder|contrib|ConfigProto|GPUOptions|get_default_graph|variable_scope|"
    r"reset_default_graph|app|flags|logging|gfile|log|truncated_normal|InteractiveSession|layers"
)
_ROWS = (
    (
        r"has no attribute '(?:add|from)_argparse_args'|cannot import name 'seed_everything' from "
        r"'pytorch_lightning\.utilities|doesn't follow PyTorch's LRScheduler API|"
        r"Support for `\w+_epoch_end` has been removed|"
        rf"Trainer\.__init__\(\) got an unexpected keyword argument '(?:{_OF_LIGHTNING})'",
        "pytorch-lightning<2",
    ),
    (
        r"'DataFrame' object has no attribute '(?:append|iteritems|mad|lookup)'|"
        r"'Series' object has no attribute '(?:append|iteritems|mad)'",
        "pandas<2",
    ),
    (r"'(?:DataFrame|Series)' object has no attribute '(?:ix|as_matrix|get_value)'", "pandas<1"),
    (
        r"module 'PIL\.Image' has no attribute '(?:ANTIALIAS|LINEAR|CUBIC)'|"
        r"'(?:FreeTypeFont|ImageDraw|ImageFont)' object has no attribute '(?:getsize|textsize)'",
        "pillow<10",
    ),
    (
        rf"module 'tensorflow' has no attribute '(?:{_OF_TENSORFLOW_1})'|"
        r"No module named 'tensorflow\.contrib|"
        r"module 'tensorflow\.\w+' has no attribute 'AUTO_REUSE'",
        "tensorflow<2",
    ),
    (
        r"'(?:Sequential|Functional|Model)' object has no attribute '(?:predict_classes|"
        r"predict_proba|predict_generator|fit_generator|evaluate_generator|"
        r"_get_distribution_strategy|_make_train_function)'",
        "tensorflow<2.6",
    ),
    (r"No module named 'torch\._six'", "torch<2"),
    (
        r"OneHotEncoder\S*\(\) got an unexpected keyword argument 'sparse'|"
        r"'\w+' object has no attribute 'get_feature_names'|"
        r"cannot import name 'plot_(?:confusion_matrix|roc_curve)'|"
        r"BaggingClassifier\S*\(\) got an unexpected keyword argument 'base_estimator'",
        "scikit-learn<1.2",
    ),
    (r"'super' object has no attribute '__sklearn_tags__'", "scikit-learn<1.6"),
    (r"module 'jax' has no attribute '(?:linear_util|tree_map|tree_multimap)'", "jax<0.4.26"),
    (r"module 'jax\.random' has no attribute 'KeyArray'", "jax<0.4.24"),
    (r"module 'jax\.core' has no attribute '\w+'", "jax<0.4.36"),
    (
        r"'DynamicCache' object has no attribute '(?:seen_tokens|get_max_length)'",
        "transformers<4.54",
    ),
    (r"'DynamicCache' object has no attribute 'get_usable_length'", "transformers<4.49"),
    (r"_get_batch_samples\(\) takes \d+ positional arguments but \d+ were", "transformers<4.50"),
    (
        r"\b(?:train|cv)\(\) got an unexpected keyword argument '(?:verbose_eval|"
        r"early_stopping_rounds|evals_result|fobj)'|"
        r"LGBM\w*\.fit\(\) got an unexpected keyword argument '(?:early_stopping_rounds|verbose)'",
        "lightgbm<4",
    ),
    (
        r"XGB\w*\.fit\(\) got an unexpected keyword argument '(?:early_stopping_rounds|eval_metric|"
        r"callbacks)'",
        "xgboost<2.1",
    ),
    (
        r"'\w*(?:DataLoaderIter|DataLoader)' object has no attribute 'next'",
        "torch<1.13",
    ),
)
_INSTEAD = (
    (
        r"\b(?:train|cv|LGBM\w*\.fit)\(\) got [^\n]*'(?:verbose_eval|verbose|early_stopping_rounds|"
        r"evals_result)'",
        "give callbacks=[lgb.early_stopping(50), lgb.log_evaluation(100)] instead",
    ),
    (
        r"XGB\w*\.fit\(\) got [^\n]*'(?:early_stopping_rounds|eval_metric|callbacks)'",
        "give it to the estimator as it is made, instead of fit: XGBClassifier(…), XGBRegressor(…)",
    ),
)
"""What to write today, where a sentence says it."""
_GONE = re.compile("|".join(pattern for pattern, _ in _ROWS))
_CLASSES = (
    r"(?:SFT|DPO|PPO|GRPO|KTO|ORPO|CPO|RLOO|BCO|GKD|Reward|OnlineDPO)(?:Config|Trainer)|"
    r"(?:Seq2Seq)?TrainingArguments|Seq2SeqTrainer|(?:Auto|Pretrained)(?:Config|Model\w*|"
    r"Tokenizer)|\w+TokenizerFast|Lora(?:Config|Model)|Peft(?:Config|Model\w*)|DynamicCache|"
    r"GenerationConfig|BitsAndBytesConfig|Accelerator\w*|FullyShardedDataParallel\w*|"
    r"DeepSpeedEngine|DatasetDict|IterableDataset|Float8\w+|LLMEngine|SamplingParams|EngineArgs|"
    r"WorkerWrapper\w*"
)


def _older(values: Values, case: Case) -> Values:
    """The newest release that still has it."""
    said = "\n".join(part.said for part in case.parts)
    return {
        "older": next((older for row, older in _ROWS if re.search(row, said)), ""),
        "instead": next((new for row, new in _INSTEAD if re.search(row, said)), ""),
    }


RULES = [
    Rule(
        name="taken-away",
        cause="deps.incompatible",
        types=r"(?:Attribute|Import|ModuleNotFound|Type|NotImplemented)Error$|Misconfiguration",
        says=_GONE.pattern,
        fill=_older,
        plain=False,
    ),
    Rule(
        name="not-in-class-of-library",
        cause="deps.incompatible",
        types=r"^AttributeError$",
        says=rf"^(?:type object )?'(?P<class>{_CLASSES})' (?:object )?"
        r"has no attribute '(?P<name>\w+)'",
        plain=False,
        weak=True,
    ),
    Rule(
        name="hook-called-as-of-old",
        cause="deps.incompatible",
        types=r"^TypeError$",
        says=r"^(?P<function>(?:\w+\.)*(?:on_(?:init|train|epoch|step|substep|evaluate|predict|"
        r"save|log)\w*|compute_loss|_?get_\w*(?:batch|sampler)\w*|prediction_step|evaluation_loop|"
        r"_prepare_\w+))\(\) (?:got an unexpected keyword argument '(?P<name>\w+)'|"
        r"takes (?:from )?\d+ [\w ]{0,24}arguments? but \d+|missing \d+ required positional)",
        plain=False,
    ),
    Rule(
        name="called-by-library-as-of-old",
        cause="deps.incompatible",
        types=r"^TypeError$",
        says=r"(?P<function>[\w.]+)\(\) (?:got an unexpected keyword argument '(?P<name>\w+)'|"
        r"takes (?:from )?\d+ [\w ]{0,24}arguments? but \d+|missing \d+ required positional)",
        where=r"-packages[\\/](?:transformers|trl|peft|accelerate|lightning|pytorch_lightning|"
        r"unsloth|deepspeed|datasets|ray|vllm|sentence_transformers)[\\/][^\n]*\Z",
        elsewhere=r"torch[\\/]nn[\\/]modules[\\/]module\.py [^\n]*\Z|[\\/]fire[\\/]|"
        r" (?:apply_function\w*|_map_\w+|worker_wrapper)\Z",
        plain=False,
        unless=r"__(?:init|new)__\(|from_pretrained\(|load_dataset\(",
    ),
]
