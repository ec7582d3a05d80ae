"""What was checked: one line a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tools.wild.source import Source


def files(
    repository: str, commit: str, found: Mapping[str, Sequence[str]], *, is_script: bool = False
) -> Iterator[Source]:
    """Those of a repository, by their recipe; a file is "root:module"."""
    for recipe, names in found.items():
        for name in names:
            root, module = name.split(":")
            yield Source(repository, commit, root, module, recipe, is_script)


def cs231n_files(
    folder: str, layers: str, *, linear: str = "", networks: str = "", recurrent: str = ""
) -> Mapping[str, Sequence[str]]:
    """Assignments 1 to 3, whose files are called alike: which of the three have which."""
    classifiers = ":cs231n.classifiers."
    return {
        "cs231n.layers": [f"{folder}{i}:cs231n.layers" for i in layers],
        "cs231n.linear": [
            f"{folder}{i}{classifiers}{name}" for i in linear for name in ("linear_svm", "softmax")
        ],
        "cs231n.networks": [f"{folder}{each[0]}{classifiers}{each[1:]}" for each in networks.split()],
        "cs231n.recurrent": [f"{folder}{i}:cs231n.rnn_layers" for i in recurrent],
    }


# Files of one collection of modules, each with a Function of its own that no other of these has.
GATHERED = """
10426_Sparsemax 10437_BinLinear 10439_TerConv2d 10447_SparsemaxBisect 10452_Entmax15
10963_MemoryEfficientMish 10966_MemoryEfficientSwish 1114_GreedyHashLoss 1124_GradientReversal
11319_ClippedLinearQuantization 11616_MyCustomFunctionReluModel 11722_GuidedBackpropReLUasModule
1209_ActivationQuantizer 12649_Theta 12760_Quantization 12831_CustomInverse
13280_ClippedLinearQuantization 13287_PADEACTIVATION_Function_based 1339_GDN 13491_GDN
13691_Linear_Q 13800_GumbelSoftMax 14189_CustomSoftplus 1425_VectorQuantizer
14292_EfficientBaseQuantization 1440_CustomBatchNormManualModule 14798_SparsemaxBisect
14832_DarknetMish 15104_Round 15619_TishbyNet 15826_Cube 16031_ClassWisePool 16976_FakeReLUM
17031_APLayer 17138_nnConv2dSymQuant 1749_CustomBatchNormManualModule 17581_XNOR_BinarizeConv2d
17599_CorrConv 17929_BinarizeActivations 17998_STLayer 2207_clip_nonlinear
2226_BiTemperedLogisticLoss 2652_ReferenceActivationBinarizationModule 2773_Quantizer
2956_ReferenceWeightBinarizationModule 2996_CustomBatchNormManualModule 3384_ExtremeLinear 33_Mish
3469_DoubleSwish 3615_QuaternionLinear 5430_myConv2d 5469_Binarizer 5529_QMaxPooling2d
5649_ActivationQuantizer 5872_StraightThroughEstimator 6203_DentReLU 6310_FocalLossV2 6311_SwishV2
6619_LogSparsemax 6738_HSwishV2 6750_SoftDiceLossV2 6793_FocalLoss 7087_MemoryEfficientPFLU
7437_Swish 8215_SoftCrossEntropyLoss 9020_MemoryEfficientSwish
"""


SOURCES: tuple[Source, ...] = (
    *files(
        "FortiLeiZhang/cs231n",
        "43867c4206",
        cs231n_files(
            "code/cs231n/assignment", "23", linear="1", networks="1neural_net 2fc_net 3rnn", recurrent="3"
        ),
    ),
    *files(
        "jariasf/CS231n",
        "306a3ac834",
        cs231n_files("assignment", "23", linear="1", networks="1neural_net 2fc_net 3rnn", recurrent="3"),
    ),
    *files(
        "kantarcise/cs231n",
        "d48f0baa8e",
        cs231n_files("src/assignment", "12", linear="1", networks="1fc_net 2fc_net"),
    ),
    *files(
        "kingtaurus/cs231n",
        "4d0c139cc6",
        cs231n_files("assignment", "23", linear="1", networks="1neural_net 2fc_net 3rnn", recurrent="3"),
    ),
    *files("lightaime/cs231n", "ebeb3ef9c2", cs231n_files("assignment", "23")),
    *files(
        "mantasu/cs231n",
        "3055b1c54e",
        cs231n_files("assignment", "12", linear="1", networks="1fc_net 2fc_net 3rnn", recurrent="3"),
    ),
    *files("xavi1989/cs231n", "be23c07888", cs231n_files("CS231N/MyHW/assignment", "23")),
    *files("xavi1989/cs231n", "be23c07888", cs231n_files("CS231N/assignment", "2")),
    *files(
        "iworldtong/cs231n-assignments",
        "69b1eb6328",
        {"cs231n.layers": [".:utils.layers"], "cs231n.recurrent": [".:utils.rnn_layers"]},
    ),
    *files(
        "Deeplayer/CS231n-winter-2016",
        "45faf6350b",
        {"cs231n.layers": ["Neural_Networks:layers", "CNN:layers"], "cs231n.recurrent": ["RNN:rnn_layers"]},
        is_script=True,
    ),
    *files("Maxstef/cs231n-practice", "9c87c52fec", {"cs231n.layers": [".:cs231n_practice.layers"]}),
    *files(
        "HDLiter-Self-Study/CMU-11785",
        "66cfb85046",
        {
            "mytorch.layers": [
                *(
                    f"my_solutions/HW1P1_bonus/mytorch/nn/modules:{name}"
                    for name in ("activation", "linear", "batchnorm", "loss", "dropout")
                ),
                *(
                    f"my_solutions/HW2P1/mytorch/nn:{name}"
                    for name in ("activation", "Conv1d", "Conv2d", "ConvTranspose", "pool", "resampling")
                ),
                *(f"my_solutions/HW2P1_bonus/mytorch:{name}" for name in ("batchnorm2d", "dropout2d")),
                "my_solutions/HW2P1/mytorch:flatten",
            ]
        },
    ),
    *files(
        "adrita78/MyTorch-11785",
        "4969224978",
        {
            "mytorch.layers": [
                f"mytorch/nn:{name}"
                for name in (
                    "linear",
                    "batchnorm",
                    "batchnorm2d",
                    "dropout2d",
                    "flatten",
                    "loss",
                    "Conv1d",
                    "Conv2d",
                    "ConvTranspose",
                    "pool",
                    "resampling",
                )
            ],
            "mytorch.cells": [f"mytorch/nn:{name}" for name in ("rnn_cell", "gru_cell")],
        },
    ),
    *files(
        "ajinkyanande/cmu-11785",
        "a519327d5a",
        {
            "mytorch.layers": [
                *(
                    f"hw1/p1/mytorch/nn/modules:{name}"
                    for name in ("activation", "linear", "batchnorm", "loss")
                ),
                *(f"hw2/p1/mytorch:{name}" for name in ("conv", "pool", "resampling")),
                "hw3/p1/mytorch:loss",
            ],
            "mytorch.cells": [f"hw3/p1/mytorch:{name}" for name in ("rnn_cell", "gru_cell")],
        },
    ),
    *files(
        "jry-king/CMU-11785-2021spring",
        "aa5da4aa31",
        {
            "mytorch.layers": [f"hw2/mytorch:{name}" for name in ("linear", "batchnorm", "conv")],
            "mytorch.cells": [f"hw3/mytorch:{name}" for name in ("rnn_cell", "gru_cell")],
        },
    ),
    *files(
        "rslim97/CMU-11785",
        "3a06c238fb",
        {
            "mytorch.layers": [
                *(f"HW1/P1:mytorch.{name}" for name in ("activation", "linear", "batchnorm", "loss")),
                *(
                    f"HW2/P1:mytorch.{name}"
                    for name in ("Conv1d", "Conv2d", "ConvTranspose", "pool", "resampling", "flatten")
                ),
                "HW3:mytorch.loss",
            ],
            "mytorch.cells": [f"HW3:mytorch.{name}" for name in ("rnn_cell", "gru_cell")],
        },
    ),
    *files(
        "selma0817/CMU_11785_IDL",
        "06a773d5a1",
        {
            "mytorch.layers": [
                *(f"HW1P1/mytorch/nn:{name}" for name in ("activation", "linear", "batchnorm", "loss")),
                *(
                    f"HW2P1/handout/mytorch/nn:{name}"
                    for name in ("Conv1d", "Conv2d", "ConvTranspose", "pool", "resampling")
                ),
            ],
            "mytorch.cells": [
                f"HW3P1/handoutv2/standard/mytorch:{name}" for name in ("rnn_cell", "gru_cell")
            ],
        },
    ),
    *files(
        "zhiranchen/CMU11785-Deep-Learning",
        "9717abd005",
        {
            "mytorch.layers": [
                *(f"HW1/hw1_p1/mytorch:{name}" for name in ("linear", "batchnorm")),
                "HW2/hw2p1/mytorch:conv",
            ],
            "mytorch.cells": [f"HW3/hw3p1/mytorch:{name}" for name in ("rnn_cell", "gru_cell")],
        },
    ),
    *files(
        "alexcosta13/dd2424-deep-learning-in-data-science",
        "895db8492e",
        {"dd2424.alexcosta13_classifier": ["assignments:classifier"]},
    ),
    *files(
        "wilhelmagren/DD2424-Deep-Learning",
        "f880f33999",
        {"dd2424.wilhelmagren_one": ["assign1:main"], "dd2424.wilhelmagren_two": ["assign2:main"]},
        is_script=True,
    ),
    *files(
        "mhagglun/DeepLearning-DD2424",
        "58a592088d",
        {"dd2424.mhagglun_one": ["A1:assignment1"], "dd2424.mhagglun_deep": ["A2:assignment2"]},
        is_script=True,
    ),
    *files("oStglnd/dd2424", "e38b04cde3", {"dd2424.ostglnd_one": ["a1:model"]}),
    *files(
        "annasanchez27/DD2424-deep-learning-data-science",
        "a9368d17ef",
        {
            "dd2424.annasanchez27_one": [".:lab1.data.classifier"],
            "dd2424.annasanchez27_two": [".:lab2.data.classifier"],
        },
    ),
    *files(
        "oreilly-japan/deep-learning-from-scratch", "07b11618cd", {"books.from_scratch": [".:common.layers"]}
    ),
    *files(
        "oreilly-japan/deep-learning-from-scratch-2",
        "842ae31c2b",
        {"books.from_scratch_2": [".:common.layers", ".:common.time_layers"]},
    ),
    *files(
        "Sentdex/nnfs_book",
        "9cf2fc4829",
        {"books.nnfs": ["Chapter_18:Ch18_Final", "Chapter_22:Ch22_Final"]},
        is_script=True,
    ),
    *files(
        "ddbourgin/numpy-ml",
        "b0359af528",
        {
            "books.numpy_ml_layers": [".:numpy_ml.neural_nets.layers.layers"],
            "books.functions": [".:numpy_ml.neural_nets.activations.activations"],
        },
    ),
    *files(
        "eriklindernoren/ML-From-Scratch",
        "a2806c6732",
        {
            "books.functions": [".:mlfromscratch.deep_learning.activation_functions"],
            "books.losses": [".:mlfromscratch.deep_learning.loss_functions"],
        },
        is_script=True,
    ),
    *files("karpathy/micrograd", "c911406e5a", {"books.engine": [".:micrograd.engine"]}),
    *files(
        "digantamisra98/Mish",
        "ec1faeba0d",
        {"torch_functions.activations": ["PyTorch Benchmarks:activations_autofn"]},
    ),
    *files(
        "rwightman/gen-efficientnet-pytorch",
        "771ce082b2",
        {"torch_functions.activations": ["geffnet/activations:activations_me"]},
    ),
    *files(
        "leesharkey/deep_attractor_network",
        "f9a4d67d33",
        {"torch_functions.activations": ["lib/custom_components:custom_swish_activation"]},
    ),
    *files(
        "lukemelas/EfficientNet-PyTorch",
        "7e8b0d3121",
        {"torch_functions.activations": ["efficientnet_pytorch:utils"]},
    ),
    *files(
        "deep-spin/entmax",
        "c2bec6d5e7",
        {"torch_functions.entmax": [".:entmax.activations", ".:entmax.root_finding", ".:entmax.losses"]},
    ),
    *files(
        "lucidrains/memory-efficient-attention-pytorch",
        "d54f391370",
        {
            "torch_functions.attention": ["memory_efficient_attention_pytorch:flash_attention"],
            "torch_functions.cosine_attention": [
                "memory_efficient_attention_pytorch:cosine_sim_flash_attention"
            ],
        },
    ),
    *files(
        "mblondel/fenchel-young-losses", "26bf6e9118", {"torch_functions.fenchel_young": [".:fyl_pytorch"]}
    ),
    *files(
        "pytorch/fairseq",
        "148327d8c1",
        {
            "torch_functions.translation": [
                "examples/translation_moe/translation_moe_src:logsumexp_moe",
                "fairseq/modules:grad_multiply",
                "fairseq/modules:scalar_bias",
            ]
        },
    ),
    *files(
        "google-research/fast-soft-sort",
        "6a52ce7986",
        {
            "torch_functions.soft_sort": [".:fast_soft_sort.pytorch_ops"],
            "jax_functions.soft_sort": [".:fast_soft_sort.jax_ops"],
        },
    ),
    *files(
        "itayhubara/BinaryNet.pytorch",
        "80f6d46855",
        {"torch_functions.binarized": ["models:binarized_modules"]},
    ),
    *files("KrisKorrel/sparsemax-pytorch", "cd00216c6c", {"torch_functions.modules": [".:sparsemax"]}),
    *files(
        "nathanjpaek/kb-pilot",
        "c4104e8ea6",
        {
            "torch_functions.module_with_inputs": [
                f"KernelBench/KernelBench/level9:{name}" for name in GATHERED.split()
            ]
        },
    ),
    *files(
        "lucidrains/flash-attention-jax",
        "d73dcdd6cb",
        {
            "jax_functions.attention": [
                f".:flash_attention_jax.{name}" for name in ("flash_attention", "causal_flash_attention")
            ],
            "jax_functions.attention_of_one_head": [".:flash_attention_jax.cosine_sim_flash_attention"],
        },
    ),
    *files(
        "google/jaxopt",
        "2de13bf01f",
        {
            "jax_functions.projections": [".:jaxopt._src.projection"],
            "jax_functions.isotonic": [".:jaxopt._src.isotonic"],
        },
    ),
    *files(
        "google-deepmind/optax",
        "2edbcbe239",
        {
            "jax_functions.projections": [".:optax.projections._projections"],
            "jax_functions.classification": [".:optax.losses._classification"],
            "jax_functions.scaled": [".:optax._src.utils"],
        },
    ),
    *files(
        "hrbigelow/transformer-aiayn",
        "0118c40537",
        {"jax_functions.linear": ["tests:custom_vjp"]},
        is_script=True,
    ),
)
